"""What holds for every policy document, whatever stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from liveaudit.policies.documents import (
    S3_WRITE_ACTIONS,
    Document,
    Grant,
    MalformedDocument,
    allows,
    allows_some,
    assumable_by_other_accounts,
    assumes_any_role,
    denies_insecure_transport,
    external_accounts_without_external_id,
    foreign_grants,
    full_access,
    is_administrator,
    parse,
    privilege_escalations,
    public_grants,
    saml_without_audience,
    service_grants_without_source,
    service_trust_without_source,
    trust_allows_anyone,
    web_identity_without_subject,
)

Json = dict[str, Any]
OWN = frozenset({"111111111111"})

QUESTIONS: dict[str, Callable[[Document], tuple[Grant, ...]]] = {
    "public": public_grants,
    "public write": lambda doc: public_grants(doc, actions=S3_WRITE_ACTIONS),
    "public on a resource": lambda doc: public_grants(doc, resource="arn:aws:s3:::b/*"),
    "foreign": lambda doc: foreign_grants(doc, own_accounts=OWN, trusted=frozenset()),
    "foreign to the organization": lambda doc: foreign_grants(
        doc, own_accounts=OWN, trusted=frozenset(), own_orgs=frozenset()
    ),
    "service": service_grants_without_source,
    "administrator": is_administrator,
    "full access": lambda doc: full_access(doc, "s3"),
    "any role": assumes_any_role,
    "allows": lambda doc: tuple(filter(None, [allows(doc, "s3:GetObject", "arn:aws:s3:::b/*")])),
    "allows some": lambda doc: allows_some(doc, ["s3:Put*", "iam:*"], "*"),
    "trusts anyone": trust_allows_anyone,
    "other accounts": lambda doc: assumable_by_other_accounts(doc, "111111111111"),
    "external id": lambda doc: external_accounts_without_external_id(doc, OWN),
    "web identity": web_identity_without_subject,
    "saml": saml_without_audience,
    "service trust": service_trust_without_source,
}

ACTIONS = st.sampled_from(
    [
        "*",
        "*:*",
        "s3:*",
        "s3:GetObject",
        "s3:Get*",
        "s3:Put*",
        "S3:PutObjectA*",
        "iam:*",
        "iam:PassRole",
        "sts:AssumeRole",
        "sts:*",
        "sts:AssumeRoleWithWebIdentity",
        "ec2:RunInstances",
        "*:Create*",
        "sts:AssumeRoleWithSAML",
    ]
)
RESOURCES = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b*",
        "arn:aws:s3:::b/x/*",
        "arn:aws:s3:::*",
        "arn:aws:*",
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:iam::1:role/a",
    ]
)
VALUES = st.sampled_from(
    [
        "true",
        "false",
        True,
        False,
        "*",
        "o-abcdefghij",
        "111111111111",
        "999999999999",
        "203.0.113.0/24",
        "0.0.0.0/0",
        "arn:aws:sns:*:111111111111:*",
        "arn:aws:iam::*:role/x",
        "${aws:ResourceAccount}",
        "repo:a/b:*",
        "x",
        7,
    ]
)
KEYS = st.sampled_from(
    [
        "aws:SecureTransport",
        "aws:PrincipalOrgID",
        "aws:SourceIp",
        "aws:SourceArn",
        "aws:PrincipalArn",
        "aws:SourceAccount",
        "aws:PrincipalAccount",
        "aws:SourceVpce",
        "aws:PrincipalTag/x",
        "sts:ExternalId",
        "aws:PrincipalIsAWSService",
        "token.actions.githubusercontent.com:sub",
        "saml:aud",
        "iam:PassedToService",
        "iam:PolicyARN",
    ]
)
OPERATORS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "ForAnyValue:", "ForAllValues:"]),
    st.sampled_from(
        [
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "ArnLike",
            "ArnNotLike",
            "IpAddress",
            "NotIpAddress",
            "Bool",
            "Null",
            "DateLessThan",
            "Odd",
        ]
    ),
    st.sampled_from(["", "", "IfExists"]),
)
CONDITIONS = st.dictionaries(
    OPERATORS,
    st.dictionaries(KEYS, st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=2),
    max_size=3,
)
NAMES = st.sampled_from(
    [
        "*",
        "111111111111",
        "999999999999",
        "arn:aws:iam::999999999999:role/x",
        "arn:aws:iam::111111111111:root",
        "AROAEXAMPLEID12345678",
        "arn:aws:iam::*:root",
    ]
)
PROVIDERS = st.sampled_from(
    [
        "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
        "arn:aws:iam::111111111111:saml-provider/idp",
        "cognito-identity.amazonaws.com",
    ]
)
PRINCIPALS = st.one_of(
    st.just("*"),
    st.builds(lambda names: {"AWS": names}, st.lists(NAMES, min_size=1, max_size=3)),
    st.builds(
        lambda names: {"Service": names},
        st.lists(st.sampled_from(["sns.amazonaws.com", "ec2.amazonaws.com"]), min_size=1),
    ),
    st.builds(lambda name: {"Federated": name}, PROVIDERS),
)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> Json:
    found: Json = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    rare = st.sampled_from(["", "", "", "", "Not"])
    if draw(st.booleans()) or draw(st.booleans()):
        found[draw(rare) + "Principal"] = draw(PRINCIPALS)
    found[draw(rare) + "Action"] = draw(st.lists(ACTIONS, min_size=1, max_size=3))
    if draw(st.integers(0, 5)):
        found[draw(rare) + "Resource"] = draw(st.lists(RESOURCES, min_size=1, max_size=3))
    if draw(st.booleans()):
        found["Condition"] = draw(CONDITIONS)
    return found


DOCUMENTS = st.lists(statements(), min_size=1, max_size=4)


def document(found: list[Json]) -> Document:
    return parse({"Version": "2012-10-17", "Statement": found})


def reach(grant: Grant) -> set[tuple[str, str, str]]:
    """What a grant names, one by one."""
    return {
        (principal, action, resource)
        for principal in grant.principals or ("",)
        for action in grant.actions
        for resource in grant.resources
    }


def answers(found: list[Json]) -> dict[str, dict[int, set[tuple[str, str, str]]]]:
    """By question and statement: what is granted."""
    doc = document(found)
    given_: dict[str, dict[int, set[tuple[str, str, str]]]] = {}
    for name, question in QUESTIONS.items():
        by_statement = given_.setdefault(name, {})
        for grant in question(doc):
            by_statement.setdefault(grant.statement, set()).update(reach(grant))
    return given_


def paths(found: list[Json]) -> set[str]:
    return {escalation.name for escalation in privilege_escalations((document(found),))}


def tls(found: list[Json]) -> bool:
    return bool(denies_insecure_transport(document(found), "arn:aws:s3:::b"))


@given(DOCUMENTS, statements(effect="Deny"))
def test_adding_a_deny_never_widens(found: list[Json], deny: Json) -> None:
    before, after = answers(found), answers([*found, deny])
    for name, by_statement in after.items():
        # "allows" names one statement, the first without conditions, so a Deny may make it name another.
        if name == "allows":
            assert not by_statement or before[name]
            continue
        for index, granted in by_statement.items():
            assert granted <= before[name].get(index, set()), name
    assert paths([*found, deny]) <= paths(found)
    assert tls([*found, deny]) >= tls(found)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_statements_changes_nothing(found: list[Json], random: Any) -> None:
    order = list(range(len(found)))
    random.shuffle(order)
    before, after = answers(found), answers([found[index] for index in order])
    for name, by_statement in after.items():
        if name == "allows":
            assert bool(by_statement) == bool(before[name])
        else:
            assert {order[index]: granted for index, granted in by_statement.items()} == before[name], name
    shuffled = [found[index] for index in order]
    assert (paths(shuffled), tls(shuffled)) == (paths(found), tls(found))


@given(DOCUMENTS, st.data())
def test_removing_a_condition_of_an_allow_never_narrows(found: list[Json], data: st.DataObject) -> None:
    places = [
        (index, operator, key)
        for index, statement in enumerate(found)
        if statement["Effect"] == "Allow"
        for operator, keys in statement.get("Condition", {}).items()
        for key in keys
    ]
    assume(places)
    index, operator, key = data.draw(st.sampled_from(places))
    condition = {
        op: {k: v for k, v in keys.items() if (op, k) != (operator, key)}
        for op, keys in found[index]["Condition"].items()
    }
    freed = [*found[:index], {**found[index], "Condition": condition}, *found[index + 1 :]]
    before, after = answers(found), answers(freed)
    for name, by_statement in before.items():
        if name == "allows":
            assert not by_statement or after[name]
            continue
        for position, granted in by_statement.items():
            assert granted <= after[name].get(position, set()), name
    assert paths(found) <= paths(freed)


def _loosened(value: Any) -> Any:
    """The same with one-element lists as plain values, and booleans as texts."""
    if isinstance(value, list):
        return _loosened(value[0]) if len(value) == 1 else [_loosened(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return {key: _loosened(item) for key, item in value.items()}
    return value


@given(DOCUMENTS)
def test_a_value_is_a_list_of_one(found: list[Json]) -> None:
    loose = [_loosened(statement) for statement in found]
    assert document(loose).statements == document(found).statements
    assert parse({"Version": "2012-10-17", "Statement": loose[0]}) == document(found[:1])


def _recased(value: Any) -> Any:
    return [item.swapcase() for item in value]


@given(DOCUMENTS)
def test_the_case_of_actions_is_irrelevant(found: list[Json]) -> None:
    other = [
        {
            key: _recased(value) if key in ("Action", "NotAction") else value
            for key, value in statement.items()
        }
        for statement in found
    ]
    for name, question in QUESTIONS.items():
        one = [(grant.statement, grant.principals, grant.resources) for grant in question(document(found))]
        assert one == [(g.statement, g.principals, g.resources) for g in question(document(other))], name
    assert (paths(other), tls(other)) == (paths(found), tls(found))


@given(DOCUMENTS)
def test_every_grant_is_an_allow_and_its_evidence_is_json(found: list[Json]) -> None:
    doc = document(found)
    for question in QUESTIONS.values():
        for grant in question(doc):
            assert found[grant.statement]["Effect"] == "Allow"
            assert json.dumps(grant.evidence())


@given(DOCUMENTS)
def test_what_is_public_is_foreign_and_an_administrator_has_everything(found: list[Json]) -> None:
    doc = document(found)
    foreign = {grant.statement for grant in QUESTIONS["foreign"](doc)}
    assert {grant.statement for grant in public_grants(doc)} <= foreign
    allowing = [statement for statement in found if statement["Effect"] == "Allow"]
    if allowing and is_administrator(document(allowing)):
        assert allows(document(allowing), "iam:CreateUser", "arn:aws:iam::111111111111:user/x") is not None


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["Allow", "Deny", "*", "s3:*", "2012-10-17", "${", "arn:", "arn:aws:iam::*:role/", "::/0", "%7B"]
    ),
)
NAMES_OR_NOT = st.one_of(
    st.sampled_from(
        [
            "Version",
            "Id",
            "Statement",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "Sid",
            "AWS",
            "Service",
            "Federated",
            "Bool",
            "StringLike",
            "aws:SourceIp",
        ]
    ),
    st.text(max_size=6),
)
JSON = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES_OR_NOT, inner, max_size=5)),
)


def _ask_everything(form: Any) -> None:
    try:
        doc = parse(form)
    except MalformedDocument:
        return
    for question in QUESTIONS.values():
        question(doc)
    privilege_escalations((doc,))
    denies_insecure_transport(doc, "arn:aws:s3:::b")


@given(JSON)
def test_arbitrary_json_raises_nothing_else(value: Any) -> None:
    _ask_everything(value)
    _ask_everything(json.dumps(value))


@given(st.one_of(st.text(), st.binary()))
def test_arbitrary_text_raises_nothing_else(value: str | bytes) -> None:
    _ask_everything(value)


ODD = st.one_of(ATOMS, st.text(alphabet="*?:/${}%sarn0123456789.", max_size=20))


@given(DOCUMENTS, st.data())
def test_a_document_with_one_value_replaced_raises_nothing_else(
    found: list[Json], data: st.DataObject
) -> None:
    statement = data.draw(st.sampled_from(found))
    name = data.draw(st.sampled_from(sorted(statement)))
    value: Any = data.draw(st.one_of(ODD, st.lists(ODD, max_size=3), JSON))
    if name.endswith("Principal") and data.draw(st.booleans()):
        value = {data.draw(st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser"])): value}
    if name == "Condition" and data.draw(st.booleans()):
        value = {data.draw(OPERATORS): {data.draw(KEYS): value}}
    statement[name] = value
    _ask_everything({"Version": "2012-10-17", "Statement": found})
