"""Settings: every mistake is named with its field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.loaders import Loader

from liveaudit.model import home_region
from liveaudit.settings import Known, SettingsError, check_bytes, find_file, load, parse

GOOD: dict[str, Any] = {
    "receiver": "111111111111",
    "accounts": [{"id": "111111111111", "name": "security"}],
    "regions": ["us-east-1"],
}


def test_good() -> None:
    settings = parse(GOOD)
    assert settings.account_ids == {"111111111111"}
    assert settings.store.startswith("sqlite:///")


def test_shown_without_secrets() -> None:
    secret = {"store": "postgresql+psycopg://u:s3cret@h/db", "external_id": "s3cret-too"}
    assert repr(parse(GOOD | secret)) == "Settings(receiver='111111111111', accounts=['111111111111'])"


ORGANIZATION: dict[str, Any] = {"organization": {"units": ["ou-ab12-11111111"]}}
ROLE = "arn:aws:iam::111111111111:role/MVC_for_AWS_role"


def told(change: dict[str, Any]) -> list[str]:
    """Every mistake of the good settings with a change, without the name of the file."""
    with pytest.raises(SettingsError) as raised:
        parse(GOOD | change)
    return [line.removeprefix("settings: ") for line in str(raised.value).splitlines()]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"receiver": "222222222222"}, "receiver: '222222222222' is not one of the accounts"),
        ({"receiver": None}, "receiver: is nothing: twelve digits in quotes is expected"),
        ({"accounts": []}, "accounts: at least one"),
        ({"accounts": [{"id": "12"}]}, "accounts[0].id: '12' is not twelve digits"),
        ({"accounts": [{"id": "111111111111\n"}]}, "accounts[0].id: '111111111111\\n' is not twelve digits"),
        ({"accounts": [{"id": "11111111111\u0661"}]}, "accounts[0].id: "),
        (
            {"accounts": [{"id": 111111111111}]},
            "accounts[0].id: 111111111111 is a number to YAML, not text: quote it",
        ),
        (
            {"accounts": [{"id": "111111111111", "rolearn": "x"}]},
            "accounts[0].rolearn: no such field (did you mean",
        ),
        (
            {"accounts": ["111111111111"]},
            "accounts[0]: '111111111111' is text: a mapping is expected, with id, name",
        ),
        ({"accounts": [{"name": "x"}]}, "accounts[0].id: is missing: the account's id"),
        ({"accounts": {"id": "111111111111"}}, "accounts: is a mapping: a list is expected"),
        (
            {"accounts": [*GOOD["accounts"], {"id": "111111111111"}]},
            "accounts[1].id: 111111111111 is there twice",
        ),
        (
            {"accounts": [{"id": "111111111111", "role_arn": "MVC_for_AWS_role"}]},
            "accounts[0].role_arn: 'MVC_for_AWS_role' is not a role's ARN",
        ),
        (
            {"accounts": [*GOOD["accounts"], {"id": "222222222222", "role_arn": ROLE}]},
            "accounts[1].role_arn: is a role of 111111111111, but the account is 222222222222",
        ),
        (
            {"accounts": [{"id": "111111111111", "role_arn": ROLE.replace("aws", "aws-cn", 1)}]},
            "accounts[0].role_arn: is of the partition aws-cn, the regions are of aws",
        ),
        (
            {"accounts": [{"id": each * 12, "role_arn": "none"} for each in "12"]},
            "accounts[1].role_arn: none stands at 111111111111 already",
        ),
        (
            {"accounts": [{"id": "111111111111", "publisher": "yes"}]},
            "accounts[0].publisher: 'yes' is text: true or",
        ),
        ({"accounts": [{"id": "111111111111", "publisher": False}]}, "publishers: no account publishes"),
        (
            {"accounts": [{"id": "111111111111", "external_id": "a b"}]},
            "accounts[0].external_id: 'a b' is not an",
        ),
        (
            {"accounts": [{"id": "111111111111", "regions": []}]},
            "accounts[0].regions: is empty: at least one",
        ),
        ({"publishers": ["222222222222"]}, "publishers[0]: '222222222222' is not one of the accounts"),
        (
            {"publishers": ["111111111111"], "accounts": [{"id": "111111111111", "publisher": False}]},
            "publishers[0]: 111111111111 is a publisher here, and publisher: false in accounts",
        ),
        ({"regions": ["europe"]}, "regions[0]: 'europe' is not a region's name"),
        ({"regions": []}, "regions: is empty: at least one"),
        ({"regions": None}, "regions: is nothing: all or a list is expected"),
        (
            {"regions": "us-east-1"},
            "regions: 'us-east-1' is text: all or a list is expected: write [us-east-1]",
        ),
        ({"regions": ["us-east-1", "us-east-1"]}, "regions[1]: 'us-east-1' is there twice, first as [0]"),
        ({"regions": ["mars-east-1"]}, "regions[0]: 'mars-east-1' is of no partition of AWS's"),
        (
            {"regions": ["us-east-1", "cn-north-1"]},
            "regions[1]: cn-north-1 is of the partition aws-cn, others are of aws",
        ),
        (
            {"accounts": [{"id": "111111111111", "regions": ["us-gov-west-1"]}]},
            "accounts[0].regions[0]: us-gov-west-1 is of the partition aws-us-gov, others are of aws",
        ),
        ({"services": ["S3"]}, "services[0]: 'S3' is not a service's IAM prefix"),
        ({"delivery": "buss"}, "delivery: 'buss' is text: bus or direct is expected (did you mean 'bus'?)"),
        (
            {"delivery": "direct", "accounts": [{"id": f"{number:012}"} for number in range(1, 52)]}
            | {"receiver": "000000000001", "publishers": [f"{number:012}" for number in range(1, 52)]}
            | {"accounts": [{"id": f"{number:012}"} for number in range(1, 53)], "publishers": "all"},
            "delivery: direct delivery names every publisher in the queues' policies, which take 50, and there are 51",
        ),
        ({"rollout": "service-managed"}, "rollout: service-managed stack sets roll out to an organization"),
        (
            {"rollout": "service-managed", "forwarding_role": "owner"} | ORGANIZATION,
            "forwarding_role: with rollout service-managed the stack set makes the roles",
        ),
        (
            {
                "rollout": "service-managed",
                "organization": {"management_account": "333333333333"},
                "accounts": [{"id": each * 12, "external_id": "word"} for each in "123"],
            },
            "accounts[1].external_id: a service-managed stack set makes the audit roles of all members alike",
        ),
        ({"forwarding_role": None}, "forwarding_role: is nothing: owner or stack-set is expected"),
        ({"organization": None}, "organization: is nothing: a mapping is expected"),
        (
            {"organization": {"id": "ou-ab12-11111111"}},
            "organization.id: 'ou-ab12-11111111' is not an organization's",
        ),
        ({"organization": {"units": []}}, "organization.units: is empty"),
        (
            {"organization": {"units": ["222222222222"]}},
            "organization.units[0]: '222222222222' is not an organiz",
        ),
        (
            {"organization": {"exclude": ["111111111111"]}},
            "organization.exclude[0]: 111111111111 is excluded here and",
        ),
        (
            {"accounts": [], "organization": {"exclude": ["111111111111"]}},
            "organization.exclude[0]: 111111111111 is the receiver, which is always there",
        ),
        (
            {"organization": {"units": ["ou-ab12-11111111"], "exclude": ["ou-ab12-11111111"]}},
            "organization.exclude[0]: ou-ab12-11111111 is excluded here and named in units",
        ),
        (
            {"runner": "arn:aws:sts::111111111111:assumed-role/a/b"},
            "runner: 'arn:aws:sts::111111111111:assumed-role",
        ),
        ({"runner": "arn:aws-cn:iam::111111111111:role/a"}, "runner: is of another partition"),
        ({"audit_role": "a/b"}, "audit_role: 'a/b' is not a role's name"),
        ({"queue": "events.fifo"}, "queue: 'events.fifo' is not a queue's name"),
        ({"trusted_accounts": ["x"]}, "trusted_accounts[0]"),
        ({"colour": "blue"}, "colour: no such field; there are receiver, accounts"),
        ({"organisation": {}}, "organisation: no such field (did you mean 'organization'?)"),
        ({1: 2}, "is a number, where a field's name is expected"),
    ],
)
def test_mistakes_name_their_field(change: dict[str, Any], words: str) -> None:
    (mistake,) = told(change)
    assert mistake.startswith(words)


def test_all_mistakes_at_once() -> None:
    mistakes = told(
        {"receiver": "12", "regions": ["europe", "us-east-1", "cn-north-1"], "queue": 7, "colour": 1}
    )
    assert [each.partition(":")[0] for each in mistakes] == [
        "colour",
        "receiver",
        "regions[0]",
        "queue",
        "regions[2]",
    ]


def test_what_is_wrong_in_itself_contradicts_nothing() -> None:
    assert told({"receiver": "222222222222", "accounts": [{"id": "1"}], "publishers": ["333333333333"]}) == [
        "accounts[0].id: '1' is not twelve digits in quotes"
    ]


def test_the_store_is_not_told_since_it_may_hold_a_password() -> None:
    assert "hunter2" not in told({"store": "mysql://me:hunter2@db/x"})[0]


def test_direct_delivery_to_as_many_as_a_queue_policy_takes() -> None:
    accounts = [{"id": f"{number:012}"} for number in range(1, 52)]
    given = GOOD | {"receiver": "000000000001", "accounts": accounts, "delivery": "direct"}
    assert len(parse(given).accounts) == 51, "the receiver itself needs no place in it"
    more = {"accounts": [*accounts, {"id": "000000000999"}]}
    assert parse(given | more | ORGANIZATION).delivery == "direct", "the organization is named instead"


def warnings(change: dict[str, Any], known: Known | None = None) -> list[str]:
    content = yaml.safe_dump(GOOD | change).encode()
    checked = check_bytes(content, "f", known)
    assert checked.settings is not None
    return [f"{each.field}: {each.text}" for each in checked.warnings]


KNOWN = Known(frozenset({"s3", "ec2"}), frozenset({"us-east-1", "eu-west-1"}))


def test_warnings_are_no_mistakes() -> None:
    assert warnings({}) == []
    (home,) = warnings({"regions": ["eu-west-1"]})
    assert home.startswith(
        "regions: without us-east-1 the changes of IAM and other global services are not seen"
    )
    (china,) = warnings({"regions": ["cn-northwest-1"]})
    assert "without cn-north-1" in china
    (one,) = warnings({"accounts": [{"id": "111111111111", "regions": ["eu-west-1"]}]})
    assert one.startswith("accounts[0].regions: without us-east-1")
    (unused,) = warnings({"accounts": [{"id": "111111111111", "role_arn": "none", "external_id": "word"}]})
    assert unused.startswith("accounts[0].external_id: is not used")
    two = {"accounts": [{"id": "111111111111"}, {"id": "222222222222"}]}
    (missing,) = warnings(two)
    assert missing.startswith(
        "external_id: is missing: without it whoever may assume roles from 111111111111 can"
    )
    assert warnings(two | {"external_id": "word"}) == []
    (elsewhere,) = warnings({"runner": "arn:aws:iam::555555555555:role/ci"})
    assert "assume roles from 555555555555" in elsewhere
    excluding = {"external_id": "word", "organization": {"exclude": ["222222222222", "ou-ab12-11111111"]}}
    assert warnings(excluding) == []
    (later,) = warnings(excluding | {"rollout": "service-managed"})
    assert later.startswith("organization.exclude[1]: an account that comes into ou-ab12-11111111 later")


def test_names_are_held_against_those_that_are_known() -> None:
    (typo,) = warnings({"regions": ["us-east-1", "eu-wst-1"]}, KNOWN)
    assert typo == "regions[1]: eu-wst-1 is no region that is known here (did you mean 'eu-west-1'?)"
    with pytest.raises(SettingsError, match=r"services\[1\]: 'ec22' is not covered \(did you mean 'ec2'\?\)"):
        parse(GOOD | {"services": ["s3", "ec22"]}, known=KNOWN)
    assert parse(GOOD | {"services": ["s3", "ec22"]}).services == ("s3", "ec22"), (
        "without a catalog: not known"
    )


def test_which_regions_are_of_which_partition_is_what_botocore_says() -> None:
    for partition in Loader().load_data("partitions")["partitions"]:
        regions = [each for each in partition["regions"] if not each.endswith("-global")]
        settings = parse(GOOD | {"regions": regions})
        assert settings.partition == partition["id"]
        assert home_region(partition["id"]) in regions


def test_the_partition_without_a_region_is_that_of_a_role() -> None:
    assert parse(GOOD | {"regions": "all"}).partition == "aws"
    china = {"regions": "all", "runner": "arn:aws-cn:iam::111111111111:role/x"}
    assert parse(GOOD | china).partition == "aws-cn"
    ambient: dict[str, Any] = {"id": "111111111111", "role_arn": "none"}
    role: dict[str, Any] = {"id": "222222222222", "role_arn": "arn:aws-us-gov:iam::222222222222:role/path/x"}
    assert parse(GOOD | {"regions": "all", "accounts": [ambient, role]}).partition == "aws-us-gov"
    assert (
        parse(GOOD | {"regions": "all", "accounts": [ambient | {"regions": ["cn-north-1"]}]}).partition
        == "aws-cn"
    )


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({}, False),
        ({"regions": "all"}, True),
        ({"regions": "all", "accounts": [{"id": "111111111111", "regions": ["us-east-1"]}]}, False),
        (ORGANIZATION, True),
    ],
)
def test_what_needs_a_look_up(change: dict[str, Any], needed: bool) -> None:
    assert parse(GOOD | change).needs_lookup is needed


@pytest.mark.parametrize(
    "text", ["- a", "{", "receiver: [", "", "receiver: !!python/object/apply:os.system ['true']"]
)
def test_files_that_are_no_settings(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(file)
    assert str(file) in str(raised.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    assert find_file(None) is None
    (tmp_path / "liveaudit.yaml").write_text("x", encoding="utf-8")
    assert find_file(None) == Path("liveaudit.yaml")
    monkeypatch.setenv("LIVEAUDIT_SETTINGS", "/else/where.yaml")
    assert find_file(None) == Path("/else/where.yaml")
    assert find_file(tmp_path / "given.yaml") == tmp_path / "given.yaml"
