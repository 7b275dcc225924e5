"""One request put to a document, and two documents compared. Decided by AWS's evaluation rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.policies.documents import Decision, Request, decide, differences, parse, told
from tests.property.test_document_properties import DOCUMENTS, document

RECEIVER, ACCOUNT = "111111111111", "222222222222"
ADMIN = f"arn:aws:iam::{RECEIVER}:role/Admin"
EVENTS = "events.amazonaws.com"
RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/liveaudit-changes"
YES, NO, UNSURE = Decision.ALLOWED, Decision.DENIED, Decision.UNSURE


def trust(principal: Any, when: Any = None, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"} | more
    return found | ({"Condition": when} if when else {})


def ask(*statements: Any, principal: str = ADMIN, absent: Any = (), **context: str) -> tuple[Decision, str]:
    doc = parse({"Version": "2012-10-17", "Statement": list(statements)})
    known = {key.replace("__", ":"): value for key, value in context.items()}
    found = decide(doc, Request("sts:AssumeRole", principal, context=known, absent=frozenset(absent)))
    return found.decision, found.reason


SERVICE = {"Service": EVENTS}


@pytest.mark.parametrize(
    ("statements", "asked", "decision", "why"),
    [
        ([trust({"AWS": ADMIN})], {}, YES, ""),
        ([trust({"AWS": RECEIVER})], {}, YES, ""),
        ([trust({"AWS": f"arn:aws:iam::{RECEIVER}:root"})], {}, YES, ""),
        ([trust("*")], {}, YES, ""),
        ([trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], {}, NO, f"it names arn:aws:iam::{ACCOUNT}:root"),
        ([trust({"AWS": "AROAEXAMPLEID12345678"})], {}, NO, "a principal that was deleted"),
        ([trust({"AWS": "arn:aws:iam::*:role/Admin"})], {}, UNSURE, "not certain"),
        ([trust({"AWS": ADMIN}, Action="sts:TagSession")], {}, NO, "but not sts:AssumeRole"),
        ([trust({"AWS": ADMIN}), trust("*", effect="Deny")], {}, NO, "statement 1 denies it"),
        (
            [trust({"AWS": ADMIN}), trust("*", {"Bool": {"aws:SecureTransport": "false"}}, "Deny")],
            {},
            UNSURE,
            "statement 1 denies it, perhaps",
        ),
        (
            [trust({"AWS": ADMIN}, {"StringEquals": {"sts:ExternalId": "a"}})],
            {"sts__externalid": "a"},
            YES,
            "",
        ),
        (
            [trust({"AWS": ADMIN}, {"StringEquals": {"sts:ExternalId": "a"}})],
            {"sts__externalid": "b"},
            NO,
            "asks for StringEquals sts:ExternalId a, and it has 'b'",
        ),
        (
            [trust({"AWS": ADMIN}, {"StringEquals": {"sts:ExternalId": "a"}})],
            {"absent": ["sts:externalid"]},
            NO,
            "it does not have that",
        ),
        (
            [trust({"AWS": ADMIN}, {"StringEqualsIfExists": {"sts:ExternalId": "a"}})],
            {"absent": ["sts:externalid"]},
            YES,
            "",
        ),
        (
            [trust({"AWS": ADMIN}, {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})],
            {},
            UNSURE,
            "aws:SourceIp",
        ),
        ([trust({"AWS": ADMIN}, {"Odd": {"aws:x": "y"}})], {"aws__x": "y"}, UNSURE, "Odd"),
        (
            [trust({"AWS": ADMIN}, {"StringEquals": {"aws:x": "${aws:y}"}})],
            {"aws__x": "y"},
            UNSURE,
            "asks for StringEquals aws:x",
        ),
        ([trust({"AWS": ADMIN}, {"Null": {"aws:x": "false"}})], {"aws__x": "y"}, YES, ""),
        ([trust({"AWS": ADMIN}, {"Null": {"aws:x": "true"}})], {"aws__x": "y"}, NO, "Null"),
        ([trust({"AWS": ADMIN}, {"Null": {"aws:x": "true"}})], {}, UNSURE, "Null"),
        (
            [trust({"AWS": ADMIN}, {"StringNotEquals": {"aws:x": "y"}})],
            {"aws__x": "y"},
            NO,
            "StringNotEquals",
        ),
        ([trust({"AWS": ADMIN}, {"StringNotEquals": {"aws:x": "y"}})], {"aws__x": "z"}, YES, ""),
        ([trust(SERVICE)], {"principal": EVENTS}, YES, ""),
        ([trust({"Service": "ec2.amazonaws.com"})], {"principal": EVENTS}, NO, "names ec2.amazonaws.com"),
        ([trust(SERVICE)], {}, NO, "names events.amazonaws.com"),
        (
            [trust(SERVICE, {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/liveaudit-*"}})],
            {"principal": EVENTS, "aws__sourcearn": RULE},
            YES,
            "",
        ),
        (
            [trust(SERVICE, {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/liveaudit-*"}})],
            {"principal": EVENTS, "aws__sourcearn": f"arn:aws:events:*:{ACCOUNT}:rule/liveaudit-changes*"},
            YES,
            "",
        ),
        (
            [trust(SERVICE, {"ArnLike": {"aws:SourceArn": RULE}})],
            {"principal": EVENTS, "aws__sourcearn": f"arn:aws:events:*:{ACCOUNT}:rule/liveaudit-changes"},
            UNSURE,
            "aws:SourceArn",
        ),
        (
            [trust(SERVICE, {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:*"}})],
            {"principal": EVENTS, "aws__sourcearn": "arn:aws:s3:::b:c"},
            NO,
            "aws:SourceArn",
        ),
        (
            [trust(SERVICE, {"StringEquals": {"aws:SourceAccount": RECEIVER}})],
            {"principal": EVENTS, "aws__sourceaccount": ACCOUNT},
            NO,
            "aws:SourceAccount",
        ),
    ],
)
def test_a_request(statements: list[Any], asked: dict[str, Any], decision: Decision, why: str) -> None:
    found, reason = ask(*statements, **asked)
    assert (found, bool(reason)) == (decision, bool(why)), reason
    assert why in reason


def test_all_but_a_principal() -> None:
    everybody_else = {"Effect": "Deny", "NotPrincipal": {"AWS": ADMIN}, "Action": "sts:*"}
    assert ask(trust("*"), everybody_else)[0] == YES
    assert ask(trust("*"), everybody_else, principal=f"arn:aws:iam::{ACCOUNT}:role/x")[0] == NO


@given(DOCUMENTS)
def test_there_is_an_answer_to_every_document(found: list[dict[str, Any]]) -> None:
    doc = document(found)
    known = {"aws:principalaccount": RECEIVER, "aws:sourcearn": "arn:aws:sns:*:111111111111:*"}
    one = decide(doc, Request("sts:AssumeRole", ADMIN, context=known))
    assert (one.decision is YES) == (not one.reason)
    stricter = [*found, {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]
    assert decide(document(stricter), Request("sts:AssumeRole", ADMIN, context=known)).decision is not YES
    more_known = known | {"sts:externalid": "x", "aws:securetransport": "true", "aws:sourceip": "203.0.113.1"}
    other = decide(doc, Request("sts:AssumeRole", ADMIN, context=more_known))
    if one.decision is not UNSURE:
        assert other.decision is one.decision, "what is certain stays so when more is known"


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_a_document_is_the_same_as_itself_in_another_order(found: list[dict[str, Any]], random: Any) -> None:
    shuffled = json.loads(json.dumps(found))
    random.shuffle(shuffled)
    for statement in shuffled:
        statement["Sid"] = "Renamed"
        for name in ("Action", "Resource"):
            if name in statement:
                random.shuffle(statement[name])
    assert differences(document(found), document(shuffled)) == ((), ())


def test_what_is_missing_and_what_is_extra() -> None:
    rule = {"ArnEquals": {"aws:SourceArn": RULE}}
    wanted = {
        "Effect": "Allow",
        "Principal": SERVICE,
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:::q",
    }
    open_to_all = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    missing, extra = differences(
        parse({"Version": "2012-10-17", "Statement": [wanted, open_to_all]}),
        parse({"Version": "2012-10-17", "Statement": {**wanted, "Condition": rule}}),
    )
    assert [told(each) for each in missing] == [
        f"statement 0 allows events.amazonaws.com sqs:SendMessage on arn:aws:sqs:::q if ArnEquals aws:SourceArn {RULE}"
    ]
    assert [told(each) for each in extra] == [
        "statement 0 allows events.amazonaws.com sqs:SendMessage on arn:aws:sqs:::q",
        "statement 1 allows * sqs:*",
    ]


def test_an_account_is_its_root() -> None:
    one = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "events:PutEvents", "Resource": "*"}
    other = {**one, "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}, "Action": ["events:putevents"]}
    assert differences(document([one]), document([other])) == ((), ())
    assert differences(document([one]), document([one, one]))[0]
