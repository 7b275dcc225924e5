"""Roles and their trust, judged by what they must let happen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from liveaudit.policies.documents import parse
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.documents.model import AccountDocuments
from liveaudit.provision.preflight.check import Check, Name, Outcome
from liveaudit.provision.preflight.roles import ROLES, check_role, judge_trust, requests
from liveaudit.services import load
from tests.support.answers import Answers, answered, denied
from tests.support.installations import RECEIVER, SHOP, installation, variants

GIVEN = installation()
MADE = {each.account: each for each in documents(GIVEN, *load()).accounts}
ADMIN = f"arn:aws:iam::{RECEIVER}:role/{names.ADMINISTRATION_ROLE}"
EVENTS = {"Service": "events.amazonaws.com"}


@pytest.mark.parametrize("kind", sorted(variants()))
def test_every_role_that_is_made_as_printed_is_fine(kind: str) -> None:
    given = variants()[kind]
    seen = 0
    for account in documents(given, *load()).accounts:
        for role in account.roles:
            if role.name in ROLES.values():
                seen += 1
                assert list(requests(role.trusts[0], ("eu-south-1",)))
                found = judge_trust(parse(json.dumps(role.trust)), role, given.regions)
                assert found == (Outcome.OK, ""), (account.account, role.name)
    assert seen


def role_of(account: str, name: str) -> Any:
    made: AccountDocuments = MADE[account]
    return made.role(name)


def trust(principal: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {
        "Version": "2012-10-17",
        "Statement": [statement | ({"Condition": condition} if condition else {})],
    }


def judged(name: str, document: dict[str, Any], account: str = SHOP) -> tuple[Outcome, str]:
    return judge_trust(parse(document), role_of(account, name), ("eu-south-1", "us-east-1"))


@pytest.mark.parametrize(
    ("document", "outcome", "reason"),
    [
        (trust({"AWS": ADMIN}), Outcome.OK, ""),
        (trust({"AWS": RECEIVER}), Outcome.OK, ""),
        (
            trust({"AWS": RECEIVER}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/AWSCloud*"}}),
            Outcome.OK,
            "",
        ),
        (trust({"AWS": SHOP}), Outcome.FAILED, f"does not let {ADMIN} in: it names {SHOP}"),
        (trust({"AWS": "AROAEXAMPLEID12345678"}), Outcome.FAILED, "a principal that was deleted"),
        (trust({"AWS": "*"}), Outcome.FAILED, "trusts every AWS account"),
        (
            trust({"AWS": ADMIN}, {"StringEquals": {"sts:ExternalId": "x"}}),
            Outcome.FAILED,
            "it does not have that",
        ),
        (trust({"AWS": ADMIN}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), Outcome.UNKNOWN, "whether"),
    ],
)
def test_the_execution_roles_trust(document: Any, outcome: Outcome, reason: str) -> None:
    found, why = judged(names.EXECUTION_ROLE, document)
    assert found is outcome, why
    assert reason in why


def source(pattern: str, account: str = SHOP) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": pattern}}


@pytest.mark.parametrize(
    ("document", "outcome", "reason"),
    [
        (trust(EVENTS, source(f"arn:aws:events:*:{SHOP}:rule/*")), Outcome.OK, ""),
        (
            trust(EVENTS, source(f"arn:aws:events:us-east-1:{SHOP}:rule/liveaudit-changes*")),
            Outcome.FAILED,
            f"it has 'arn:aws:events:eu-south-1:{SHOP}:rule/liveaudit-changes*'",
        ),
        (trust(EVENTS, source(f"arn:aws:events:*:{SHOP}:rule/other")), Outcome.FAILED, "aws:SourceArn"),
        (
            trust(EVENTS, source(f"arn:aws:events:*:{SHOP}:rule/*", RECEIVER)),
            Outcome.FAILED,
            "aws:SourceAccount",
        ),
        (trust({"Service": "ec2.amazonaws.com"}), Outcome.FAILED, "names ec2.amazonaws.com"),
        (trust(EVENTS), Outcome.WARNING, "on behalf of other accounts"),
    ],
)
def test_the_forwarding_roles_trust(document: Any, outcome: Outcome, reason: str) -> None:
    found, why = judged(names.FORWARDING_ROLE, document)
    assert found is outcome, why
    assert reason in why


def checked(answer: Any, account: str = SHOP, name: Name = Name.EXECUTION) -> Check:
    role = role_of(account, ROLES[name])
    return asyncio.run(check_role(Answers({"GetRole": answer}), GIVEN, account, name, role))


def test_a_role_that_is_not_there_comes_with_the_command_that_makes_it() -> None:
    found = checked(answered("NoSuchEntity"))
    assert (found.outcome, found.reason) == (Outcome.FAILED, f"there is no role {names.EXECUTION_ROLE}")
    assert found.who == f"the owner of account {SHOP} (shop)"
    assert f"liveaudit iam --account {SHOP} --format cloudformation" in found.command


def test_a_role_that_cannot_be_seen_is_unknown() -> None:
    found = checked(denied())
    assert found.outcome is Outcome.UNKNOWN
    assert "GetRole was denied" in found.reason


def test_a_path_makes_another_arn() -> None:
    document = role_of(SHOP, names.EXECUTION_ROLE).trust
    found = checked({"Role": {"AssumeRolePolicyDocument": document, "Path": "/ours/"}})
    assert found.outcome is Outcome.FAILED
    assert "has the path /ours/, where / is needed" in found.reason
    assert checked({"Role": {"AssumeRolePolicyDocument": document, "Path": "/"}}).outcome is Outcome.OK


def test_an_odd_trust_and_no_role_needed() -> None:
    assert "cannot be read: not JSON" in checked({"Role": {"AssumeRolePolicyDocument": "{"}}).reason
    none = asyncio.run(check_role(Answers({}), GIVEN, SHOP, Name.ADMINISTRATION, None))
    assert none.outcome is Outcome.NOT_NEEDED
