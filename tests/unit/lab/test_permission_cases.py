"""Policy evaluation, case by case: what AWS's pages on it say, and that what is not understood never allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.lab.permissions import documents
from liveaudit.lab.permissions.evaluation import Kind, Outcome, Policies, Policy, Request, Ruling, decide
from liveaudit.lab.permissions.patterns import Context
from liveaudit.lab.permissions.principals import Principal, session_of

HOME, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HOME}:role/team/worker"
SESSION = session_of(ROLE, "night")
USER = Principal(HOME, f"arn:aws:iam::{HOME}:user/ann")
ROOT = Principal(HOME, f"arn:aws:iam::{HOME}:root")
SERVICE = Principal(service="events.amazonaws.com")
NOBODY = Principal()
QUEUE = f"arn:aws:sqs:eu-west-1:{HOME}:events"
FOREIGN_QUEUE = f"arn:aws:sqs:eu-west-1:{OTHER}:events"
SEND = "sqs:SendMessage"


def document(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    given = {"Statement": list(statements)}
    return json.dumps(given if version is None else {"Version": version, **given})


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": SEND, "Resource": QUEUE, **parts}


def without(statement: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


def identity(text: str, kind: Kind = Kind.IDENTITY) -> Policy:
    return Policy(documents.parse(text), kind)


def ruling(
    *statements: dict[str, Any],
    principal: Principal = USER,
    action: str = SEND,
    resource: str | None = QUEUE,
    context: Context | None = None,
    version: str | None = "2012-10-17",
) -> Ruling:
    request = Request(principal, action, resource, context or {})
    return decide(request, Policies((identity(document(*statements, version=version)),)), owner=HOME)


DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
ALLOWED, DENIED, REFUSED = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(), ALLOWED),
        (allow(Action="SQS:sendmessage"), ALLOWED),
        (allow(Action=["sqs:ReceiveMessage", SEND]), ALLOWED),
        (allow(Action="sqs:*"), ALLOWED),
        (allow(Action="sqs:Send*"), ALLOWED),
        (allow(Action="sqs:SendMessag?"), ALLOWED),
        (allow(Action="*"), ALLOWED),
        (allow(Action="*:*"), ALLOWED),
        (allow(Action="sqs:SendMessageBatch"), REFUSED),
        (allow(Action="sqs:SendMessag"), REFUSED),
        (allow(Action="sns:*"), REFUSED),
        (without(allow(NotAction="sqs:DeleteMessage"), "Action"), ALLOWED),
        (without(allow(NotAction=["sqs:Send*"]), "Action"), REFUSED),
        (allow(NotAction="sqs:DeleteMessage"), REFUSED),
        (without(allow(), "Action"), REFUSED),
        (allow(Action=[]), REFUSED),
        (allow(Action=7), REFUSED),
        (allow(Resource="*"), ALLOWED),
        (allow(Resource=["arn:aws:s3:::b", QUEUE]), ALLOWED),
        (allow(Resource=f"arn:aws:sqs:*:{HOME}:ev*"), ALLOWED),
        (allow(Resource=f"arn:aws:sqs:eu-west-?:{HOME}:events"), ALLOWED),
        (allow(Resource="arn:aws:sqs:*"), ALLOWED),
        (allow(Resource="arn:aws:*"), ALLOWED),
        (allow(Resource=f"arn:aws:sqs:*:{OTHER}:events"), REFUSED),
        (allow(Resource=QUEUE.upper()), REFUSED),
        (allow(Resource=f"{QUEUE}-dead"), REFUSED),
        (allow(Resource="arn:aws:sqs:*:events"), REFUSED),
        (allow(Resource="events"), REFUSED),
        (without(allow(), "Resource"), REFUSED),
        (without(allow(NotResource=f"{QUEUE}-dead"), "Resource"), ALLOWED),
        (without(allow(NotResource="arn:aws:sqs:*"), "Resource"), REFUSED),
        (allow(Effect="allow"), REFUSED),
        (allow(Comment="said"), REFUSED),
        (allow(Condition=[]), REFUSED),
        (allow(Condition={"StringEquals": "x"}), REFUSED),
        ({**DENY, "Action": SEND}, DENIED),
        (without({**DENY, "NotAction": "sqs:Receive*"}, "Action"), DENIED),
        (without({**DENY, "NotAction": "sqs:*"}, "Action"), ALLOWED),
        (without({**DENY, "NotResource": QUEUE}, "Resource"), ALLOWED),
        (without({**DENY, "NotResource": "arn:aws:s3:::*"}, "Resource"), DENIED),
        ({**DENY, "Resource": "arn:aws:s3:::*"}, ALLOWED),
        ({**DENY, "Condition": {"StringGuessed": {"aws:x": "y"}}}, DENIED),
        ({**DENY, "Condition": {"StringEquals": {"made:up": "y"}}}, DENIED),
    ],
)
def test_elements_of_an_identity_policy(statement: dict[str, Any], expected: Outcome) -> None:
    also = [allow()] if statement["Effect"] == "Deny" else []
    assert ruling(statement, *also).outcome is expected


CONTEXT: Context = {
    "aws:sourceip": "10.1.2.3",
    "aws:currenttime": "2026-01-10T12:00:00Z",
    "aws:epochtime": "1768046400",
    "aws:securetransport": "true",
    "aws:sourcearn": f"arn:aws:events:eu-west-1:{HOME}:rule/one",
    "aws:username": "ann",
    "aws:principalarn": ROLE,
    "events:targetarn": (QUEUE, FOREIGN_QUEUE),
    "events:source": (),
    "aws:useragent": "5",
}


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("StringEquals", "AWS:UserName", "ann", True),
        ("StringEquals", "aws:username", "Ann", False),
        ("StringEquals", "aws:username", ["bob", "ann"], True),
        ("StringEquals", "aws:username", [], False),
        ("StringEquals", "aws:username", "a*", False),
        ("StringEqualsIgnoreCase", "aws:username", "ANN", True),
        ("StringNotEquals", "aws:username", "bob", True),
        ("StringNotEquals", "aws:username", ["bob", "ann"], False),
        ("StringNotEquals", "aws:sourcevpc", "vpc-1", True),
        ("StringNotEqualsIgnoreCase", "aws:username", "ANN", False),
        ("StringLike", "aws:username", "a?n", True),
        ("StringNotLike", "aws:username", "b*", True),
        ("StringEquals", "aws:sourcevpc", "vpc-1", False),
        ("StringEqualsIfExists", "aws:sourcevpc", "vpc-1", True),
        ("StringEqualsIfExists", "aws:username", "bob", False),
        ("StringEquals", "made:up", "x", False),
        ("StringNotEquals", "made:up", "x", False),
        ("StringEqualsIfExists", "made:up", "x", False),
        ("Null", "made:up", "true", False),
        ("Null", "aws:sourcevpc", True, True),
        ("Null", "aws:sourcevpc", "false", False),
        ("Null", "aws:username", False, True),
        ("NullIfExists", "aws:username", "false", False),
        ("ArnLike", "aws:sourcearn", f"arn:aws:events:*:{HOME}:rule/*", True),
        ("ArnEquals", "aws:sourcearn", f"arn:aws:events:*:{HOME}:rule/o?e", True),
        ("ArnLike", "aws:sourcearn", f"arn:aws:events:{HOME}:rule/*", False),
        ("ArnNotLike", "aws:sourcearn", "arn:aws:events:*:*:rule/two", True),
        ("ArnNotEquals", "aws:sourcearn", "arn:aws:events:*:*:rule/one", False),
        ("ArnLike", "aws:principalarn", f"arn:aws:iam::{HOME}:role/*", True),
        ("NumericEquals", "aws:useragent", 5, True),
        ("NumericEquals", "aws:useragent", "5.0", True),
        ("NumericNotEquals", "aws:useragent", 5, False),
        ("NumericLessThan", "aws:useragent", "6", True),
        ("NumericLessThanEquals", "aws:useragent", "4", False),
        ("NumericGreaterThan", "aws:useragent", "4", True),
        ("NumericGreaterThanEquals", "aws:useragent", "5", True),
        ("NumericEquals", "aws:username", "5", False),
        ("NumericNotEquals", "aws:username", "5", False),
        ("DateGreaterThan", "aws:currenttime", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "aws:currenttime", "2026-01-01", False),
        ("DateEquals", "aws:currenttime", "1768046400", True),
        ("DateLessThanEquals", "aws:epochtime", "2026-01-10T12:00:00Z", True),
        ("DateLessThan", "aws:currenttime", "tomorrow", False),
        ("Bool", "aws:securetransport", True, True),
        ("Bool", "aws:securetransport", "false", False),
        ("Bool", "aws:securetransport", "yes", False),
        ("BoolIfExists", "aws:multifactorauthpresent", "false", True),
        ("BinaryEquals", "aws:username", "!", False),
        ("IpAddress", "aws:sourceip", "10.0.0.0/8", True),
        ("IpAddress", "aws:sourceip", ["10.1.2.3"], True),
        ("NotIpAddress", "aws:sourceip", "10.0.0.0/8", False),
        ("NotIpAddress", "aws:sourceip", "192.0.2.0/24", True),
        ("IpAddress", "aws:sourceip", "2001:db8::/32", False),
        ("IpAddress", "aws:sourceip", "somewhere", False),
        ("NotIpAddress", "aws:sourceip", "somewhere", False),
        ("ForAnyValue:ArnLike", "events:targetarn", QUEUE, True),
        ("ForAnyValue:StringEquals", "events:targetarn", "x", False),
        ("ForAllValues:ArnLike", "events:targetarn", QUEUE, False),
        ("ForAllValues:ArnLike", "events:targetarn", "arn:aws:sqs:*", True),
        ("ForAllValues:StringNotEquals", "events:targetarn", "x", True),
        ("ForAnyValue:StringNotEquals", "events:targetarn", QUEUE, True),
        ("ForAllValues:StringEquals", "aws:sourcevpc", "x", True),
        ("ForAnyValue:StringEquals", "aws:sourcevpc", "x", False),
        ("ForAnyValue:StringNotEquals", "aws:sourcevpc", "x", False),
        ("ForAllValues:StringEquals", "events:source", "x", True),
        ("ForAnyValue:StringEquals", "events:source", "x", False),
        ("ForSomeValues:StringEquals", "events:source", "x", False),
        ("StringEquals", "events:targetarn", QUEUE, False),
        ("StringGuessed", "aws:username", "ann", False),
        ("StringEquals", "aws:username", {"a": 1}, False),
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringLike", "aws:principalarn", "*/${aws:username}", False),
    ],
)
def test_conditions(operator: str, key: str, value: Any, expected: bool) -> None:
    assert ruling(allow(Condition={operator: {key: value}}), context=CONTEXT).allowed is expected


def test_every_condition_of_a_statement_must_hold() -> None:
    both = {"StringEquals": {"aws:username": "ann", "aws:sourceip": "elsewhere"}}
    assert not ruling(allow(Condition=both), context=CONTEXT).allowed
    mixed = {"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:securetransport": "true"}}
    assert ruling(allow(Condition=mixed), context=CONTEXT).allowed


@pytest.mark.parametrize(
    ("pattern", "version", "expected"),
    [
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:username}}", "2012-10-17", True),
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:username}}", "2008-10-17", False),
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:username}}", None, False),
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:sourcevpc}}", "2012-10-17", False),
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:sourcevpc, 'ann'}}", "2012-10-17", True),
        (f"arn:aws:sqs:eu-west-1:{HOME}:${{events:targetarn}}", "2012-10-17", False),
        (f"arn:aws:sqs:eu-west-1:{HOME}:a${{*}}", "2012-10-17", False),
        ("*", "2030-01-01", False),
    ],
)
def test_variables_in_resources(pattern: str, version: str | None, expected: bool) -> None:
    queue = f"arn:aws:sqs:eu-west-1:{HOME}:ann"
    ruled = ruling(allow(Resource=pattern), resource=queue, context=CONTEXT, version=version)
    assert ruled.allowed is expected


def test_a_variables_value_is_no_pattern() -> None:
    statement = allow(Resource=f"arn:aws:sqs:eu-west-1:{HOME}:${{aws:username}}")
    assert not ruling(statement, context={"aws:username": "*"}).allowed
    special = allow(Resource=f"arn:aws:sqs:eu-west-1:{HOME}:a${{*}}")
    assert ruling(special, resource=f"arn:aws:sqs:eu-west-1:{HOME}:a*").allowed


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(Resource="*"), True),
        (allow(Resource="**"), True),
        (allow(Resource="arn:aws:sqs:*"), False),
        (without(allow(NotResource="arn:aws:sqs:*"), "Resource"), True),
    ],
)
def test_an_action_on_nothing_in_particular(statement: dict[str, Any], allowed: bool) -> None:
    assert ruling(statement, resource="*").allowed is allowed


def test_an_unknown_resource_is_covered_by_everything_alone() -> None:
    assert ruling(allow(Resource="*"), resource=None).allowed
    assert not ruling(allow(Resource="arn:aws:sqs:*"), resource=None).allowed
    assert not ruling(without(allow(NotResource="arn:aws:s3:::x"), "Resource"), resource=None).allowed
    denied = {**DENY, "Resource": "arn:aws:s3:::x"}
    assert ruling(allow(Resource="*"), denied, resource=None).outcome is DENIED


@pytest.mark.parametrize("text", ["", "no json", "[]", "7", '{"Statement": 7}', '{"Statement": ["x"]}'])
def test_what_is_no_document_allows_nothing(text: str) -> None:
    request = Request(USER, SEND, QUEUE)
    assert decide(request, Policies((identity(text),)), owner=HOME).outcome is REFUSED


def granted(
    principal_element: Any,
    principal: Principal = SESSION,
    *,
    element: str = "Principal",
    effect: str = "Allow",
    own: bool = False,
    owner: str = HOME,
    trust_needed: bool = False,
) -> Outcome:
    """The outcome with a resource policy. ``own``: the principal's own policies allow it too."""
    statement = allow(Effect=effect, **{element: principal_element})
    policies = Policies((identity(document(allow(Resource="*"))),) if own else ())
    guard = identity(document(statement), Kind.RESOURCE)
    return decide(
        Request(principal, SEND, QUEUE), policies, guard, owner=owner, trust_needed=trust_needed
    ).outcome


@pytest.mark.parametrize(
    ("element", "principal", "own", "owner", "expected"),
    [
        # the same account: one side is enough, but naming the account leaves it to the account
        ({"AWS": SESSION.arn}, SESSION, False, HOME, ALLOWED),
        ({"AWS": ROLE}, SESSION, False, HOME, ALLOWED),
        ({"AWS": USER.arn}, USER, False, HOME, ALLOWED),
        ("*", SESSION, False, HOME, ALLOWED),
        ({"AWS": "*"}, USER, False, HOME, ALLOWED),
        ({"AWS": HOME}, SESSION, False, HOME, REFUSED),
        ({"AWS": HOME}, SESSION, True, HOME, ALLOWED),
        ({"AWS": f"arn:aws:iam::{HOME}:root"}, USER, False, HOME, REFUSED),
        ({"AWS": f"arn:aws:iam::{HOME}:root"}, ROOT, False, HOME, ALLOWED),
        ({"AWS": f"arn:aws:iam::{HOME}:role/worker"}, SESSION, False, HOME, REFUSED),
        ({"AWS": f"arn:aws:iam::{HOME}:role/*"}, SESSION, False, HOME, REFUSED),
        ({"AWS": OTHER}, SESSION, True, HOME, ALLOWED),
        # across accounts: both sides
        ({"AWS": HOME}, SESSION, False, OTHER, REFUSED),
        ({"AWS": HOME}, SESSION, True, OTHER, ALLOWED),
        ({"AWS": f"arn:aws:iam::{HOME}:root"}, USER, True, OTHER, ALLOWED),
        ({"AWS": ROLE}, SESSION, True, OTHER, ALLOWED),
        ({"AWS": ROLE}, SESSION, False, OTHER, REFUSED),
        ("*", SESSION, True, OTHER, ALLOWED),
        ({"AWS": OTHER}, SESSION, True, OTHER, REFUSED),
        ({"AWS": "arn:aws:iam::*:root"}, SESSION, True, OTHER, REFUSED),
        ({"AWS": []}, SESSION, True, OTHER, REFUSED),
        ({"Robots": "*"}, SESSION, True, OTHER, REFUSED),
        ({"AWS": 7}, SESSION, True, OTHER, REFUSED),
        # services and nobody
        ({"Service": "events.amazonaws.com"}, SERVICE, False, HOME, ALLOWED),
        ({"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}, SERVICE, False, HOME, ALLOWED),
        ({"Service": "sns.amazonaws.com"}, SERVICE, False, HOME, REFUSED),
        ({"AWS": HOME}, SERVICE, False, HOME, REFUSED),
        ("*", SERVICE, False, HOME, ALLOWED),
        ({"Service": "events.amazonaws.com"}, SESSION, True, OTHER, REFUSED),
        ("*", NOBODY, False, HOME, ALLOWED),
        ({"AWS": HOME}, NOBODY, False, HOME, REFUSED),
    ],
)
def test_resource_policies(
    element: Any, principal: Principal, own: bool, owner: str, expected: Outcome
) -> None:
    assert granted(element, principal, own=own, owner=owner) is expected


@pytest.mark.parametrize(
    ("excepted", "expected"),
    [
        ([HOME, ROLE, SESSION.arn], ALLOWED),
        ([HOME, ROLE], DENIED),
        ([ROLE, SESSION.arn], DENIED),
        ([HOME], DENIED),
        ([OTHER], DENIED),
    ],
)
def test_not_principal_denies_all_but_the_named(excepted: list[str], expected: Outcome) -> None:
    outcome = granted({"AWS": excepted}, element="NotPrincipal", effect="Deny", own=True)
    assert outcome is expected


def test_not_principal_allows_nobody() -> None:
    assert granted({"AWS": OTHER}, element="NotPrincipal") is REFUSED


def test_a_resource_policys_deny_wins() -> None:
    assert granted({"AWS": HOME}, effect="Deny", own=True) is DENIED
    assert granted({"AWS": OTHER}, effect="Deny", own=True) is ALLOWED
    assert granted({"Service": "events.amazonaws.com"}, SERVICE, effect="Deny") is DENIED


def test_trust_is_needed_in_ones_own_account_too() -> None:
    assert granted({"AWS": OTHER}, own=True, trust_needed=True) is REFUSED
    assert granted({"AWS": HOME}, own=True, trust_needed=True) is ALLOWED
    assert granted({"AWS": HOME}, own=False, trust_needed=True) is REFUSED
    assert granted({"AWS": ROLE}, own=False, trust_needed=True) is ALLOWED


BOUND = identity(document(allow(Action="sqs:ReceiveMessage")), Kind.BOUNDARY)
WIDE = identity(document(allow(Action="sqs:*")), Kind.BOUNDARY)


@pytest.mark.parametrize(
    ("own", "boundary", "session", "element", "expected"),
    [
        (True, BOUND, None, None, REFUSED),
        (True, WIDE, None, None, ALLOWED),
        (False, WIDE, None, None, REFUSED),
        (True, None, [BOUND], None, REFUSED),
        (True, None, [BOUND, WIDE], None, ALLOWED),
        (True, None, [], None, REFUSED),
        (False, BOUND, None, SESSION.arn, ALLOWED),
        (False, BOUND, None, ROLE, REFUSED),
        (False, None, [], ROLE, REFUSED),
        (False, WIDE, None, ROLE, ALLOWED),
    ],
)
def test_boundaries_and_session_policies_limit(
    own: bool, boundary: Policy | None, session: list[Policy] | None, element: str | None, expected: Outcome
) -> None:
    held = (identity(document(allow())),) if own else ()
    guard = identity(document(allow(Principal={"AWS": element})), Kind.RESOURCE) if element else None
    request = Request(SESSION, SEND, QUEUE)
    assert decide(request, Policies(held, boundary, session), guard, owner=HOME).outcome is expected


def test_refusals_say_which_policy_refuses() -> None:
    request = Request(SESSION, SEND, QUEUE)
    held = (identity(document(allow())),)
    nothing = decide(request, Policies(), owner=HOME)
    assert nothing.why(SEND) == "because no identity-based policy allows the sqs:SendMessage action"
    foreign = decide(request, Policies(held), owner=OTHER)
    assert foreign.why(SEND) == "because no resource-based policy allows the sqs:SendMessage action"
    bounded = decide(request, Policies(held, BOUND), owner=HOME)
    assert bounded.why(SEND) == "because no permissions boundary allows the sqs:SendMessage action"
    limited = decide(request, Policies(held, None, [BOUND]), owner=HOME)
    assert limited.why(SEND) == "because no session policy allows the sqs:SendMessage action"
    denied = decide(request, Policies((*held, identity(document(DENY)))), owner=HOME)
    assert denied.why(SEND) == "with an explicit deny in an identity-based policy"
    assert decide(request, Policies(held), owner=HOME).why(SEND) == ""


def test_the_statement_that_decides_is_named() -> None:
    ruled = ruling(allow(Action="sqs:ReceiveMessage"), allow(Sid="Mine"))
    (matched,) = ruled.matched
    assert (matched.statement.sid, matched.statement.number) == ("Mine", 1)
