"""What holds for the remedies: every policy has them, and what they say to type can be typed."""

from __future__ import annotations

import importlib

import hcl2
import pytest

from liveaudit import services
from liveaudit.catalog.types import Service
from liveaudit.policies.remedies import Remedies, RemedyError, read_remedies
from tests.support import aws_commands, snippets

CATALOG, POLICIES = services.load()
FOLDERS = services.folders()


def of_folder(folder: str) -> dict[str, Remedies]:
    return services.remedies_of(folder)


def policies_of(folder: str) -> set[str]:
    """The policies on the types of the services in a folder, wherever their functions were made."""
    resources = importlib.import_module(f"liveaudit.services.{folder}.resources")
    types = {name for value in vars(resources).values() if isinstance(value, Service) for name in value.types}
    return {each.id for each in POLICIES.all() if each.type in types}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_policy_has_remedies(folder: str) -> None:
    told = of_folder(folder)
    missing = sorted(policies_of(folder) - services.remedies().keys())
    assert missing == [], (
        f"write a table of each in src/liveaudit/services/{folder}/remedies.toml: see CONTRIBUTING.md"
    )
    strange = sorted(told.keys() - {each.id for each in POLICIES.all()})
    assert strange == [], f"services/{folder}/remedies.toml tells of what is no policy"


@pytest.mark.parametrize("folder", FOLDERS)
def test_commands_are_taken_by_the_aws_cli(folder: str) -> None:
    wrong = [
        f"{policy_id}: {problem}"
        for policy_id, each in of_folder(folder).items()
        for command in aws_commands.commands(each.cli.text)
        for problem in aws_commands.problems(command)
    ]
    assert wrong == [], f"services/{folder}/remedies.toml"


@pytest.mark.parametrize("folder", FOLDERS)
def test_snippets_name_what_cloudformation_has(folder: str) -> None:
    wrong = [
        f"{policy_id}: {problem}"
        for policy_id, each in of_folder(folder).items()
        if each.cloudformation.text
        for problem in snippets.problems(each.cloudformation.text)
    ]
    assert wrong == [], f"services/{folder}/remedies.toml"


@pytest.mark.parametrize("folder", FOLDERS)
def test_snippets_are_terraform(folder: str) -> None:
    for policy_id, each in of_folder(folder).items():
        if not each.terraform.text:
            continue
        try:
            read = hcl2.loads(each.terraform.text + "\n")
        except Exception as error:  # noqa: BLE001 - the parser's errors have no common class
            pytest.fail(f"services/{folder}/remedies.toml: {policy_id}: {error}")
        kinds = {key.strip('"') for block in read.get("resource", []) for key in block}
        assert kinds, f"services/{folder}/remedies.toml: {policy_id}: terraform has no resource"
        assert all(kind.startswith("aws_") for kind in kinds), f"{policy_id}: {kinds}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_texts_are_kept_short(folder: str) -> None:
    for policy_id, each in of_folder(folder).items():
        assert len(each.console.text) <= 600, f"{policy_id}: the console's way is a sentence or two"
        assert "\n\n" not in each.console.text, policy_id


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("aws s3api put-bucket-acl --bucket BUCKET --acl private", ""),
        ("aws --region REGION s3api put-bucket-acl --bucket BUCKET --acl private --profile P", ""),
        ("aws configservice start-configuration-recorder --configuration-recorder-name NAME", ""),
        ("aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port 22 --cidr CIDR", ""),
        ("aws ec2 modify-image-attribute --image-id IMAGE --launch-permission Remove=[{Group=all}]", ""),
        ("aws sns set-topic-attributes --topic-arn ARN --attribute-name KmsMasterKeyId", ""),
        ("aws s3 rb s3://BUCKET", ""),
        ("aws rds modify-db-instance --db-instance-identifier DB --no-publicly-accessible", ""),
        ("aws iam put-role-policy --role-name R --policy-name P --policy-document file://p.json", ""),
        ("awss iam list-users", "begins with"),
        ("aws iamm list-users", "has no iamm"),
        ("aws iam list-persons", "has no list-persons"),
        ("aws s3api put-bucket-acl --acl private", "--bucket is required"),
        ("aws s3api put-bucket-acl --bucket BUCKET --private", "unknown: --private"),
        ("aws ec2 modify-image-attribute --image-id I --launch-permission Out=[{Group=all}]", "Unknown"),
        ("aws s3api put-bucket-tagging --bucket B --tagging '{\"TagSet\": ['", "--tagging"),
        ("aws s3api put-bucket-acl --bucket BUCKET --acl privat", "'privat' is none of"),
        ("aws s3api put-bucket-versioning --bucket B --versioning-configuration Status=On", "'On' is none"),
        ('aws iam list-users "', "the shell"),
    ],
)
def test_what_is_said_of_a_command(command: str, problem: str) -> None:
    (line,) = aws_commands.commands(command.replace(" --", " \\\n  --", 1))
    found = " ".join(aws_commands.problems(line))
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("snippet", "problem"),
    [
        ("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Ref Name", ""),
        (
            "B:\n  Type: AWS::S3::Bucket\n  Properties:\n    VersioningConfiguration:\n      Status: Enabled",
            "",
        ),
        ("B:\n  Type: AWS::S3::Basket", "has no AWS::S3::Basket"),
        ("B:\n  Type: AWS::S3::Bucket\n  Properties:\n    Versions: 1", "AWS::S3::Bucket has no Versions"),
        (
            "B:\n  Type: AWS::S3::Bucket\n  Properties:\n    VersioningConfiguration:\n      State: On",
            "AWS::S3::Bucket/VersioningConfiguration has no State",
        ),
        ("B:\n  Type: AWS::S3::Bucket\n  Properties:\n    Arn: x", "which cannot be set"),
        (
            "B:\n  Type: AWS::S3::Bucket\n  Properties:\n    VersioningConfiguration:\n      Status: Started",
            "AWS::S3::Bucket/VersioningConfiguration/Status: 'Started' is none of",
        ),
        ("B: [", "is no YAML"),
        ("just a text", "has no resources"),
        ("B:\n  Properties:\n    A: 1", "B has no Type"),
    ],
)
def test_what_is_said_of_a_snippet(snippet: str, problem: str) -> None:
    found = " ".join(snippets.problems(snippet))
    assert problem in found
    assert bool(found) == bool(problem)


GOOD = 'console = "c"\ncli = "aws iam list-users"\ncloudformation_none = "no such"\nterraform = "x"\n'


def test_a_file_is_read() -> None:
    (read,) = read_remedies(f"[one_policy]\n{GOOD}", "it").values()
    assert read.console.text == "c"
    assert (read.cloudformation.text, read.cloudformation.why_none) == ("", "no such")
    assert read.plain() == {
        "console": "c",
        "cli": "aws iam list-users",
        "cloudformation_none": "no such",
        "terraform": "x",
    }


@pytest.mark.parametrize(
    "written", ["B:\n  Type: AWS::S3::Bucket", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"]
)
def test_a_template_has_its_heading(written: str) -> None:
    told = GOOD.replace('cloudformation_none = "no such"', f"cloudformation = '''\n{written}'''")
    (read,) = read_remedies(f"[one_policy]\n{told}", "it").values()
    assert read.cloudformation.text == "Resources:\n  B:\n    Type: AWS::S3::Bucket"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\n" + GOOD.replace("terraform", "pulumi"), "it: a: pulumi is none of"),
        ("[a]\n" + GOOD.replace('terraform = "x"\n', ""), "it: a: needs either terraform or terraform_none"),
        ("[a]\n" + GOOD + 'cli_none = "r"\n', "it: a: needs either cli or"),
        ("[a]\n" + GOOD.replace('"c"', '" "'), "it: a: console is no text"),
        ("[a]\n" + GOOD.replace('"c"', "7"), "it: a: console is no text"),
        ("a = 7", "it: a: is no table"),
        ("[a", "it: "),
    ],
)
def test_a_file_with_a_mistake_says_where(text: str, said: str) -> None:
    with pytest.raises(RemedyError) as raised:
        read_remedies(text, "it")
    assert str(raised.value).startswith(said)
