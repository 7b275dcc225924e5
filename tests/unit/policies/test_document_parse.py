"""What is a policy document and what is none, whatever is handed in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from liveaudit.policies.documents import (
    Document,
    MalformedDocument,
    PrincipalKind,
    denies_insecure_transport,
    foreign_grants,
    is_administrator,
    parse,
    privilege_escalations,
    public_grants,
    web_identity_without_subject,
)
from liveaudit.policies.documents.model import operator_of
from liveaudit.policies.documents.parse import MAX_CHARACTERS, MAX_VALUES
from liveaudit.policies.documents.principals import principal_of

GOOD: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    ],
}


def good(**more: Any) -> Any:
    """A good statement with elements changed, or left out where the value is ``...``."""
    statement = {**GOOD["Statement"][0], **more}
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not ...}]}


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(GOOD, id="mapping"),
        pytest.param(json.dumps(GOOD), id="text"),
        pytest.param(json.dumps(GOOD, indent=2), id="indented"),
        pytest.param("\n " + json.dumps(GOOD) + "\n", id="blanks around"),
        pytest.param(json.dumps(GOOD).encode(), id="bytes"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), id="byte order mark"),
        pytest.param(quote(json.dumps(GOOD)), id="URL-encoded"),
        pytest.param(quote(json.dumps(GOOD)).replace("%7B", "%7b"), id="URL-encoded, lower case escapes"),
        pytest.param({**GOOD, "Statement": GOOD["Statement"][0]}, id="one statement without a list"),
        pytest.param({**GOOD, "Id": None}, id="an Id of null"),
        pytest.param(good(Action=["s3:GetObject"], Resource=["arn:aws:s3:::b/*"]), id="lists"),
        pytest.param(good(Action=("s3:GetObject",)), id="a tuple"),
    ],
)
def test_the_forms_of_one_document(form: Any) -> None:
    assert parse(form).statements == parse(GOOD).statements


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut short"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param("true", id="a boolean"),
        pytest.param("{}", id="nothing in it"),
        pytest.param('{"Statement": null}', id="no statement"),
        pytest.param('{"Statement": "x"}', id="a text for statements"),
        pytest.param('{"Statement": ["x"]}', id="a text for a statement"),
        pytest.param('{"Version": "2020-01-01", "Statement": []}', id="an unknown version"),
        pytest.param('{"Version": ["2012-10-17"], "Statement": []}', id="a list for a version"),
        pytest.param('{"Version": {}, "Statement": []}', id="an object for a version"),
        pytest.param('{"Statement": [], "statement": []}', id="an unknown element"),
        pytest.param('{"Statement": [], "Statement": []}', id="an element twice"),
        pytest.param('{"Statement": NaN}', id="NaN"),
        pytest.param('{"Id": ' + "1" * 5000 + ', "Statement": []}', id="a number of 5,000 digits"),
        pytest.param({"Id": 1 << 4000, "Statement": []}, id="the same number in a mapping"),
        pytest.param('{"Id": "\\ud800", "Statement": []}', id="half a surrogate pair"),
        pytest.param("[" * 200_000, id="deep"),
        pytest.param('{"Statement":' * 90_000, id="deep objects"),
        pytest.param("%7B", id="URL-encoded, cut short"),
        pytest.param("%7B%FF%7D", id="URL-encoded, not UTF-8"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"x" * 5_000_000, id="megabytes"),
        pytest.param("x" * 5_000_000, id="megabytes of text"),
        pytest.param(good(Sid="x" * MAX_CHARACTERS), id="too long"),
        pytest.param(good(Action=["s3:GetObject"] * (MAX_VALUES + 1)), id="too many values"),
        pytest.param(None, id="None"),
        pytest.param(5, id="a number"),
        pytest.param([GOOD], id="a list of documents"),
        pytest.param({1: 2}, id="keys that are no text"),
        pytest.param(good(Effect="allow"), id="effect in lower case"),
        pytest.param(good(Effect=...), id="no effect"),
        pytest.param(good(Effect=["Allow"]), id="a list for the effect"),
        pytest.param(good(Action=...), id="no action"),
        pytest.param(good(Action=[]), id="an empty list of actions"),
        pytest.param(good(Action=""), id="an empty action"),
        pytest.param(good(Action=True), id="a boolean for an action"),
        pytest.param(good(Action=[["s3:*"]]), id="a list in a list"),
        pytest.param(good(NotAction="s3:*"), id="Action and NotAction"),
        pytest.param(good(NotResource="*"), id="Resource and NotResource"),
        pytest.param(good(NotPrincipal="*"), id="Principal and NotPrincipal"),
        pytest.param(good(Resource={}), id="an object for a resource"),
        pytest.param(good(Principal="arn:aws:iam::111111111111:root"), id="a principal that is a text"),
        pytest.param(good(Principal={}), id="no principal in it"),
        pytest.param(good(Principal={"AWS": []}), id="an empty list of principals"),
        pytest.param(good(Principal={"aws": "*"}), id="an unknown type of principal"),
        pytest.param(good(Principal={"AWS": {"x": 1}}), id="an object for a principal"),
        pytest.param(good(Principal=["*"]), id="a list for Principal"),
        pytest.param(good(Principal=None), id="null for Principal"),
        pytest.param(good(Condition=None), id="null for Condition"),
        pytest.param(good(Condition=[]), id="a list for Condition"),
        pytest.param(good(Condition={"Bool": "x"}), id="a text under an operator"),
        pytest.param(good(Condition={"Bool": {"k": None}}), id="null for a value"),
        pytest.param(good(Condition={"Bool": {"k": {}}}), id="an object for a value"),
        pytest.param(good(Condition={"Bool": {"": "x"}}), id="an empty key"),
        pytest.param(good(Condition={"": {"k": "x"}}), id="an empty operator"),
        pytest.param(good(Conditions={}), id="an element with a typing error"),
    ],
)
def test_what_is_no_policy_document(form: Any) -> None:
    with pytest.raises(MalformedDocument) as caught:
        parse(form)
    assert caught.value.reason
    assert len(caught.value.reason) < 200


@pytest.mark.parametrize(
    ("element", "value", "kind", "account"),
    [
        ("AWS", "*", PrincipalKind.ANYONE, ""),
        ("AWS", "123456789012", PrincipalKind.ACCOUNT, "123456789012"),
        ("AWS", "arn:aws:iam::123456789012:root", PrincipalKind.ACCOUNT, "123456789012"),
        ("AWS", "arn:aws-cn:iam::123456789012:root", PrincipalKind.ACCOUNT, "123456789012"),
        ("AWS", "arn:aws:iam::123456789012:role/a/b", PrincipalKind.IDENTITY, "123456789012"),
        ("AWS", "arn:aws:sts::123456789012:federated-user/x", PrincipalKind.IDENTITY, "123456789012"),
        ("AWS", "arn:aws:iam::123456789012:role/*", PrincipalKind.IDENTITY, "123456789012"),
        ("AWS", "arn:aws:iam::*:root", PrincipalKind.ANYONE, ""),
        ("AWS", "AROAEXAMPLEID12345678", PrincipalKind.GONE, ""),
        ("AWS", "12345678901", PrincipalKind.UNKNOWN, ""),
        ("AWS", "١٢٣٤٥٦٧٨٩٠١٢", PrincipalKind.UNKNOWN, ""),
        ("Service", "SNS.amazonaws.com", PrincipalKind.SERVICE, ""),
        ("CanonicalUser", "abc", PrincipalKind.CANONICAL, ""),
        ("Federated", "arn:aws:iam::123456789012:saml-provider/x", PrincipalKind.FEDERATED, "123456789012"),
        ("Federated", "accounts.google.com", PrincipalKind.FEDERATED, ""),
    ],
)
def test_principals(element: str, value: str, kind: PrincipalKind, account: str) -> None:
    found = principal_of(element, value)
    assert (found.kind, found.account) == (kind, account)


@pytest.mark.parametrize(
    ("text", "base", "negated", "known", "holds_when_missing"),
    [
        ("StringEquals", "stringequals", False, True, False),
        ("StringNotEquals", "stringequals", True, True, True),
        ("stringnotlikeifexists", "stringlike", True, True, True),
        ("StringLikeIfExists", "stringlike", False, True, True),
        ("ForAnyValue:StringEquals", "stringequals", False, True, False),
        ("ForAnyValue:StringNotEquals", "stringequals", True, True, False),
        ("ForAllValues:StringEquals", "stringequals", False, True, True),
        ("NotIpAddress", "ipaddress", True, True, True),
        ("Null", "null", False, True, False),
        ("NullIfExists", "null", False, False, True),
        ("StringEqual", "stringequal", False, False, False),
        ("ForSomeValues:StringEquals", "forsomevalues:stringequals", False, False, False),
    ],
)
def test_operators(text: str, base: str, negated: bool, known: bool, holds_when_missing: bool) -> None:
    found = operator_of(text)
    assert (found.base, found.negated, found.known, found.holds_when_missing) == (
        base,
        negated,
        known,
        holds_when_missing,
    )


def _hostile(entries: list[str], action: str) -> Document:
    half = len(entries) // 2
    return parse(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": entries[:half], "Resource": "*"},
                {"Effect": "Deny", "Principal": "*", action: entries[half:], "Resource": "*"},
            ],
        }
    )


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(
            ["*a" * 5000 + "*", "*a" * 4999 + "*b"], id="ten thousand wildcards against ten thousand"
        ),
        pytest.param(["?*" * 5000, "*?" * 5000 + "x"], id="both wildcards in turn"),
        pytest.param([f"*{chr(97 + n % 26)}*{n}*" for n in range(2400)], id="thousands of short patterns"),
        pytest.param([f"s3:*{n}*" for n in range(2400)], id="thousands of patterns with a prefix"),
        pytest.param([f"?{n}*" for n in range(7900)], id="as many as are read"),
    ],
)
@pytest.mark.parametrize("action", ["Action", "NotAction"])
def test_hostile_patterns_do_not_blow_up(entries: list[str], action: str) -> None:
    doc = _hostile(entries, action)
    questions: list[Callable[[], object]] = [
        lambda: public_grants(doc, actions=["s3:Put*"]),
        lambda: public_grants(doc),
        lambda: foreign_grants(doc, own_accounts=frozenset(), trusted=frozenset()),
        lambda: denies_insecure_transport(doc, "arn:aws:s3:::b"),
        lambda: is_administrator(doc),
        lambda: privilege_escalations((doc,)),
        lambda: web_identity_without_subject(doc),
    ]
    began = time.process_time()
    for question in questions:
        question()
    assert time.process_time() - began < 15
