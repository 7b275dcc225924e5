"""The data of the frameworks: what it names exists, nothing is missing, and known mistakes of others are not in it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from liveaudit.frameworks.framework import (
    Framework,
    FrameworkError,
    Kind,
    controls_by_policy,
    load_frameworks,
    planned_policies,
    read_framework,
)
from liveaudit.services import load

FRAMEWORKS = load_frameworks()
PLANNED = {each for ids in planned_policies().values() for each in ids}
PLAN = Path("/work/shared/reference/policy-plan.tsv")
PLAN_PAGE = PLAN.with_suffix(".md")


@pytest.fixture(params=sorted(FRAMEWORKS))
def framework(request: pytest.FixtureRequest) -> Framework:
    return FRAMEWORKS[request.param]


def test_these_frameworks_are_there() -> None:
    assert set(FRAMEWORKS) == {
        *(f"CIS {version}" for version in ("1.5", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0")),
        *("FSBP", "Security Hub", "PCI DSS 4.0", "NIST 800-53 r5", "SOC 2", "HIPAA", "ISO 27001:2022"),
    }


def test_every_policy_named_is_built_or_planned(framework: Framework) -> None:
    built = {policy.id for policy in load()[1].all()}
    strange = {each for control in framework.controls.values() for each in control.policies}
    strange -= built | PLANNED
    assert strange == set(), f"{framework.name} names what is no policy: is the id spelled as in the code?"


def test_every_control_has_a_title_of_its_own_words(framework: Framework) -> None:
    for control in framework.controls.values():
        assert 2 < len(control.title) <= 90, control
        assert not control.title.startswith("Ensure"), f"{control}: the standard's text is not ours"
        assert control.title == control.title.strip()


def test_levels_are_those_of_cis(framework: Framework) -> None:
    levels = {control.level for control in framework.controls.values()}
    assert levels == ({1, 2} if framework.name.startswith("CIS") else {None})


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("CIS 1.5", 63),
        ("CIS 2.0", 64),
        ("CIS 3.0", 62),
        ("CIS 4.0", 64),
        ("CIS 5.0", 63),
        ("CIS 6.0", 63),
        ("CIS 7.0", 70),
        ("ISO 27001:2022", 93),
        ("SOC 2", 61),
    ],
)
def test_frameworks_are_whole(name: str, number: int) -> None:
    assert len(FRAMEWORKS[name].controls) == number


def test_manual_controls_may_still_have_policies() -> None:
    cis = FRAMEWORKS["CIS 7.0"].controls
    assert cis["2.6"].kind == Kind.MANUAL
    assert cis["2.6"].policies == ("iam_root_hardware_mfa_enabled",)
    assert cis["6.8"].kind == Kind.MANUAL
    assert cis["6.8"].policies == ()


@pytest.mark.parametrize(
    ("framework", "control"),
    [
        ("NIST 800-53 r5", "SI-1"),
        ("NIST 800-53 r5", "PM-11"),
        ("NIST 800-53 r5", "PE-6(4)"),
        ("SOC 2", "CC1.3"),
        ("SOC 2", "CC3.3"),
        ("ISO 27001:2022", "A.5.1"),
        ("ISO 27001:2022", "A.5.19"),
        ("HIPAA", "164.308(a)(8)"),
    ],
)
def test_what_no_configuration_tells_is_left_to_people(framework: str, control: str) -> None:
    found = FRAMEWORKS[framework].controls[control]
    assert (found.kind, found.policies) == (Kind.MANUAL, ()), (
        "a document or a habit is not judged from settings"
    )


@pytest.mark.parametrize(
    ("framework", "control", "policy"),
    [
        ("Security Hub", "S3.7", "s3_bucket_cross_account_access"),
        ("Security Hub", "IAM.26", "iam_user_accesskey_unused"),
        ("FSBP", "DynamoDB.7", "dynamodb_table_deletion_protection_enabled"),
        ("FSBP", "EC2.4", "ec2_instance_older_than_specific_days"),
        ("FSBP", "SSM.3", "ssm_managed_compliant_patching"),
        ("FSBP", "Opensearch.4", "opensearch_service_domains_cloudwatch_logging_enabled"),
        ("CIS 1.5", "2.3.1", "rds_instance_transport_encrypted"),
        ("CIS 2.0", "2.3.1", "rds_instance_transport_encrypted"),
    ],
)
def test_mistakes_of_peers_are_not_taken_over(framework: str, control: str, policy: str) -> None:
    assert policy not in FRAMEWORKS[framework].controls[control].policies


@pytest.mark.parametrize(
    ("control", "policy"),
    [
        ("S3.7", "s3_bucket_cross_region_replication"),
        ("IAM.26", "iam_no_expired_server_certificates_stored"),
        ("EC2.13", "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22"),
    ],
)
def test_controls_beside_fsbp_are_told_apart(control: str, policy: str) -> None:
    assert policy in FRAMEWORKS["Security Hub"].controls[control].policies
    assert control not in FRAMEWORKS["FSBP"].controls


def test_the_map_by_policy_is_the_same_data() -> None:
    assert controls_by_policy()["s3_bucket_secure_transport_policy"]["CIS 7.0"] == ("3.1.1",)
    number = sum(len(ids) for of_policy in controls_by_policy().values() for ids in of_policy.values())
    assert number == sum(
        len(control.policies) for each in FRAMEWORKS.values() for control in each.controls.values()
    )


@pytest.mark.skipif(not PLAN.exists(), reason=f"{PLAN} is not on this machine")
def test_planned_policies_are_those_of_the_plan() -> None:
    with PLAN.open(encoding="utf-8") as file:
        assert {row["policy"] for row in csv.DictReader(file, delimiter="\t")} == PLANNED


@pytest.mark.skipif(not PLAN_PAGE.exists(), reason=f"{PLAN_PAGE} is not on this machine")
def test_cis_7_is_as_the_plan_has_it() -> None:
    row = re.compile(r"\| ([\d.]+) \| (\d) \| (Manual|Automated) \|[^|]*\| (.*) \|")
    table = {
        found[1]: found for line in PLAN_PAGE.read_text("utf-8").splitlines() if (found := row.match(line))
    }
    controls = FRAMEWORKS["CIS 7.0"].controls
    assert table.keys() == controls.keys()
    for number, found in table.items():
        control = controls[number]
        assert (control.level, control.kind.value) == (int(found[2]), found[3].lower()), number
        assert {each.strip() for each in found[4].split(",") if "(" not in each} <= set(control.policies)


HEAD = 'name = "F"\ntitle = "t"\nsource = "s"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name =", "it: "),
        ('name = "F"', "it: has no title"),
        (f'{HEAD}[controls."1"]\ntitle = "t"\nkind = "perhaps"', "it: 1: kind is one of"),
        (f'{HEAD}[controls."1"]\ntitle = "t"', "it: 1: kind is one of"),
        (f'{HEAD}[controls."1"]\ntitle = "t"\nkind = "manual"\npolicy = "p"', "it: 1: policy is nothing"),
        (f'{HEAD}[controls."1"]\nkind = "manual"', "it: has no title"),
        (
            f'{HEAD}[controls."1"]\ntitle = "t"\nkind = "manual"\npolicies = ["p", "p"]',
            "it: 1: a policy stands",
        ),
    ],
)
def test_a_mistake_in_a_file_is_told(text: str, said: str) -> None:
    with pytest.raises(FrameworkError) as raised:
        read_framework(text, "it")
    assert str(raised.value).startswith(said)
