"""Grants on the receiver's buses: ours only, new before old, the organization before the policy is full."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.provision.grants import POLICY_LIMIT, Bus, Grant, change_of, parse_bus, wanted_grants
from liveaudit.provision.installation import Organization, SetupError

ARN = "arn:aws:events:ap-southeast-1:111111111111:event-bus/default"
ORGANIZATION = Organization("o-abcdefghij")


def accounts(number: int) -> list[str]:
    return [f"{each:012d}" for each in range(2, number + 2)]


def bus(*grants: Grant, others: int = 0) -> Bus:
    strangers = [
        {"Sid": f"stranger-{each}", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}
        for each in range(others)
    ]
    return Bus(ARN, (*(each.statement(ARN) for each in grants), *strangers))


def length(*grants: Grant, others: int = 0) -> int:
    document = {"Version": "2012-10-17", "Statement": list(bus(*grants, others=others).statements)}
    return len(json.dumps(document, separators=(",", ":")))


def test_a_grant_for_each_publisher() -> None:
    wanted = wanted_grants(bus(), accounts(2), None)
    assert [each.params for each in wanted] == [
        {"Action": "events:PutEvents", "Principal": each, "StatementId": f"liveaudit-{each}"}
        for each in accounts(2)
    ]
    assert change_of(bus(), wanted).put == wanted
    assert change_of(bus(*wanted), wanted).empty


def test_others_statements_count_and_stay() -> None:
    (grant,) = wanted_grants(bus(others=3), accounts(1), None)
    old = Grant("liveaudit-999999999999", "999999999999")
    change = change_of(bus(grant, old, others=3), [grant])
    assert (change.put, change.remove) == ((), (old.id,))
    stranger = Bus(ARN, ({"Sid": "liveaudit-something", "Effect": "Allow"}, {"Sid": "liveaudit-"}))
    assert change_of(stranger, []).empty, "a name that only begins like ours is not ours"


def test_the_organization_before_the_policy_is_full() -> None:
    fits = next(n for n in range(200) if len(wanted_grants(bus(), accounts(n + 1), ORGANIZATION)) == 1 and n)
    named = wanted_grants(bus(), accounts(fits), ORGANIZATION)
    (whole,) = wanted_grants(bus(), accounts(fits + 1), ORGANIZATION)
    assert length(*named, whole) <= POLICY_LIMIT, "the change from one to the other never lacks room"
    assert whole.params["Condition"] == {
        "Type": "StringEquals",
        "Key": "aws:PrincipalOrgID",
        "Value": "o-abcdefghij",
    }
    change = change_of(bus(*named), [whole])
    assert (change.put, change.room) == ((whole,), ())
    assert set(change.remove) == {each.id for each in named}
    crowded = wanted_grants(bus(others=20), accounts(fits), ORGANIZATION)
    assert crowded == (whole,), "others' statements count"


def test_without_an_organization_the_limit_is_told_before_anything_is_changed() -> None:
    assert len(wanted_grants(bus(), accounts(45), None)) == 45
    with pytest.raises(SetupError, match=r"bus in ap-southeast-1 cannot take 60 publishers"):
        wanted_grants(bus(), accounts(60), None)
    with pytest.raises(SetupError, match="full of others' statements"):
        wanted_grants(bus(others=120), accounts(1), ORGANIZATION)


def test_room_is_made_when_old_and_new_do_not_fit_together() -> None:
    number = 49
    named = wanted_grants(bus(), accounts(number), None)
    (whole,) = wanted_grants(bus(), accounts(number), ORGANIZATION)
    change = change_of(bus(*named), [whole])
    assert change.put == (whole,)
    assert 1 <= len(change.room) <= 2, "as few as possible go first"
    left = [each for each in named if each.id not in change.room]
    assert length(*left, whole) <= POLICY_LIMIT
    assert len(change.room) + len(change.remove) == number


def test_a_service_managed_rollout_grants_the_organization_at_once() -> None:
    (grant,) = wanted_grants(bus(), accounts(1), ORGANIZATION, everybody=True)
    assert (grant.principal, grant.organization) == ("*", "o-abcdefghij")
    assert wanted_grants(bus(), [], ORGANIZATION, everybody=True) == ()


@pytest.mark.parametrize(
    "edit",
    [
        {"Principal": {"AWS": "222222222222"}},
        {"Principal": {"AWS": ["arn:aws:iam::222222222222:root"]}},
        {"Action": ["events:PutEvents"]},
    ],
)
def test_other_spellings_of_the_same_are_the_same(edit: dict[str, Any]) -> None:
    grant = Grant("liveaudit-222222222222", "222222222222")
    assert change_of(Bus(ARN, ({**grant.statement(ARN), **edit},)), [grant]).empty


@pytest.mark.parametrize(
    "edit",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "333333333333"}},
        {"Action": "events:PutRule"},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}},
        {"Resource": "arn:aws:events:us-east-1:111111111111:event-bus/other"},
    ],
)
def test_what_somebody_edited_is_put_again(edit: dict[str, Any]) -> None:
    grant = Grant("liveaudit-222222222222", "222222222222")
    change = change_of(Bus(ARN, ({**grant.statement(ARN), **edit},)), [grant])
    assert (change.put, change.remove) == ((grant,), ())


def test_policies_are_read_as_aws_gives_them() -> None:
    grant = Grant("liveaudit-222222222222", "222222222222")
    text = json.dumps({"Version": "2012-10-17", "Statement": grant.statement(ARN)})
    assert parse_bus(ARN, text).ours == (grant.id,)
    assert parse_bus(ARN, None).statements == ()
    assert parse_bus(ARN, '{"Statement": 3}').ours == ()
    for strange in ("{", "[]", "null"):
        with pytest.raises(SetupError, match="ap-southeast-1"):
            parse_bus(ARN, strange)
