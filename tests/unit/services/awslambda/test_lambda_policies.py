"""The policies of Lambda functions: PASS, FAIL, NOT_APPLICABLE and UNKNOWN of each."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.awslambda.runtimes import LAST_DAYS
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
ROLE = "arn:aws:iam::111122223333:role/service-role/orders"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
LITTLE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}],
}


def policy(principal: Any, condition: dict[str, Any] | None = None) -> str:
    statement = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [statement]})


S3, EVENTS = {"Service": "s3.amazonaws.com"}, {"Service": "events.amazonaws.com"}
OWNED = {"StringEquals": {"AWS:SourceAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (None, PASS),
        (policy("*"), FAIL),
        (policy({"AWS": "*"}), FAIL),
        (policy({"AWS": ["*"]}), FAIL),
        (policy({"AWS": "arn:aws:iam::444455556666:root"}), PASS),
        (policy("*", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}), FAIL),
        (policy("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), PASS),
        (policy("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}), FAIL),
        (policy(S3), FAIL),
        (policy(EVENTS), FAIL),
        (policy(S3, OWNED), PASS),
        (policy(S3, {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::data"}}), PASS),
        (
            policy(EVENTS, {"ArnLike": {"AWS:SourceArn": "arn:aws:events:eu-west-1:111122223333:rule/r"}}),
            PASS,
        ),
        (policy(EVENTS, {"ArnLike": {"AWS:SourceArn": "*"}}), FAIL),
        (
            policy(
                {"Service": "alexa-appkit.amazon.com"}, {"StringEquals": {"lambda:EventSourceToken": "x"}}
            ),
            PASS,
        ),
    ],
)
def test_who_may_call(judged: Judged, document: Any, outcome: Outcome) -> None:
    verdict = judged("awslambda_function_not_publicly_accessible", policy_document=document)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence["statements"][0]["sid"] == "s"


@pytest.mark.parametrize("odd", ["{", "[]", 7, {"Statement": 7}])
def test_a_policy_that_cannot_be_read_is_unknown(judged: Judged, odd: Any) -> None:
    verdict = judged("awslambda_function_not_publicly_accessible", policy_document=odd, odd=True)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [
        (None, PASS),
        ([], PASS),
        ([{"Name": "STAGE", "Secret": None}], PASS),
        ([{"Name": "STAGE", "Secret": None}, {"Name": "DB_PASSWORD", "Secret": "password"}], FAIL),
        ("odd", UNKNOWN),
    ],
)
def test_secrets_in_variables(judged: Judged, environment: Any, outcome: Outcome) -> None:
    verdict = judged("awslambda_function_no_secrets_in_variables", environment=environment)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence == {
        "Secrets": [{"Name": "DB_PASSWORD", "Secret": "password"}]
    }


@pytest.mark.parametrize(
    ("urls", "outcome"),
    [
        ([], NA),
        ([{"FunctionArn": FUNCTION, "AuthType": "AWS_IAM"}], PASS),
        ([{"FunctionArn": FUNCTION, "AuthType": "NONE"}], FAIL),
        (
            [
                {"FunctionArn": FUNCTION, "AuthType": "AWS_IAM"},
                {"FunctionArn": f"{FUNCTION}:live", "AuthType": "NONE"},
            ],
            FAIL,
        ),
        (None, UNKNOWN),
        ([{"FunctionArn": FUNCTION}], UNKNOWN),
    ],
)
def test_urls(judged: Judged, urls: Any, outcome: Outcome) -> None:
    assert judged("awslambda_function_url_public", urls=urls).outcome is outcome


def rights(
    *, attached: Any = (), inline: Any = (), boundary: Any = None, documents: Any = None, limits: Any = None
) -> dict[str, Any]:
    return {
        "configuration": {"FunctionName": "orders", "Role": ROLE},
        "role_attached": {
            ROLE: None if attached is None else [{"PolicyArn": each, "PolicyName": "p"} for each in attached]
        },
        "role_inline": {ROLE: [{"PolicyName": name, "PolicyDocument": given} for name, given in inline]},
        "role_boundary": {ROLE: boundary},
        "attached_documents": documents or {},
        "boundary_documents": limits or {},
    }


BOUNDARY = {
    "PermissionsBoundaryType": "Policy",
    "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b",
}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (rights(), PASS),
        (rights(attached=None), PASS),
        (rights(attached=[ADMIN], documents={ADMIN: EVERYTHING}), FAIL),
        (rights(inline=[("all", EVERYTHING)]), FAIL),
        (rights(inline=[("some", LITTLE)]), PASS),
        (rights(attached=[ADMIN], documents={ADMIN: None}), PASS),
        (
            rights(
                attached=[ADMIN],
                documents={ADMIN: EVERYTHING},
                boundary=BOUNDARY,
                limits={"arn:aws:iam::111122223333:policy/b": LITTLE},
            ),
            PASS,
        ),
        (
            rights(
                attached=[ADMIN], documents={ADMIN: EVERYTHING}, boundary=BOUNDARY, limits={ADMIN: EVERYTHING}
            ),
            FAIL,
        ),
    ],
)
def test_the_roles_rights(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged("awslambda_function_role_admin", **given).outcome is outcome


@pytest.mark.parametrize(
    "odd",
    [
        {"configuration": {"FunctionName": "orders"}},
        {"role_attached": "odd"},
        {"role_inline": {ROLE: "odd"}},
        {"attached_documents": {ADMIN: "{"}},
    ],
)
def test_rights_that_cannot_be_read_are_unknown(judged: Judged, odd: dict[str, Any]) -> None:
    verdict = judged("awslambda_function_role_admin", odd=True, **{**rights(), **odd})
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("configuration", "day", "outcome"),
    [
        ({"Runtime": "python3.12", "PackageType": "Zip"}, "2028-10-31", PASS),
        ({"Runtime": "python3.12", "PackageType": "Zip"}, "2028-11-02", FAIL),
        ({"Runtime": "python2.7", "PackageType": "Zip"}, "2026-11-20", FAIL),
        ({"Runtime": "python9.9", "PackageType": "Zip"}, "2026-11-20", PASS),
        ({"PackageType": "Image"}, "2026-11-20", NA),
        ({"PackageType": "Zip"}, "2026-11-20", UNKNOWN),
    ],
)
def test_runtimes(judged: Judged, configuration: dict[str, Any], day: str, outcome: Outcome) -> None:
    now = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    verdict = judged("awslambda_function_using_supported_runtimes", configuration=configuration, now=now)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence["supported_until"] < day


def test_the_runtimes_dates_are_those_that_cfn_lint_knows() -> None:
    from importlib.resources import files

    known = json.loads(
        files("cfnlint.data.AdditionalSpecs").joinpath("LmbdRuntimeLifecycle.json").read_text()
    )
    for name, told in known.items():
        if name == "dotnet9":  # for container images only
            continue
        assert (LAST_DAYS[name] - dt.timedelta(days=1)).date().isoformat() == told["deprecated"], name
