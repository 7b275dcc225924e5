"""The policies on policy documents: roles' trust, managed and inline policies; and server certificates."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import quote

import pytest

from liveaudit.model import Outcome, Verdict
from liveaudit.policies.policy import BUILT_IN
from tests.unit.services.iam.support import ACCOUNT, NOW, Fits, Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
ASSUME = "sts:AssumeRole"
GITHUB = "token.actions.githubusercontent.com"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def allow(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return document({"Action": list(actions), "Resource": resource})


def trusting(principal: Any, action: str = ASSUME, path: str = "/", **conditions: Any) -> dict[str, Any]:
    statement = {"Principal": principal, "Action": action}
    if conditions:
        statement["Condition"] = conditions
    return {"RoleName": "web", "Path": path, "AssumeRolePolicyDocument": document(statement)}


def attached(name: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"}


def aws(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


EC2, LAMBDA = {"Service": "ec2.amazonaws.com"}, {"Service": "lambda.amazonaws.com"}
OIDC = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
SAML = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}
WEB = "sts:AssumeRoleWithWebIdentity"
OURS, ALSO_OURS, TRUSTED, STRANGE = ACCOUNT, "222233334444", "333344445555", "999900001111"
LINKED = "/aws-service-role/x.amazonaws.com/"

PUBLIC, SUBJECT = "iam_role_trust_allows_any_principal", "iam_role_oidc_trust_without_subject"
EXTERNAL = "iam_role_trusts_external_account_without_external_id"
DEPUTY = "iam_role_cross_service_confused_deputy_prevention"
ADMIN, READERS = "iam_role_administratoraccess_policy", "iam_role_cross_account_readonlyaccess_policy"
READ_ONLY = [attached("ReadOnlyAccess")]
BROKEN = {**trusting(EC2), "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Maybe"}]}}


@pytest.mark.parametrize(
    ("policy_id", "sections", "outcome"),
    [
        (PUBLIC, {"role": trusting(EC2)}, PASS),
        (PUBLIC, {"role": trusting(aws(STRANGE))}, PASS),
        (PUBLIC, {"role": trusting("*")}, FAIL),
        (PUBLIC, {"role": trusting({"AWS": "*"})}, FAIL),
        (PUBLIC, {"role": trusting("*", StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"})}, PASS),
        (PUBLIC, {"role": trusting("*", StringEquals={"sts:ExternalId": "secret"})}, FAIL),
        (PUBLIC, {"role": BROKEN}, UNKNOWN),
        (PUBLIC, {"role": {"RoleName": "web"}}, UNKNOWN),
        (SUBJECT, {"role": trusting(EC2)}, NA),
        (SUBJECT, {"role": trusting(SAML, "sts:AssumeRoleWithSAML")}, NA),
        (SUBJECT, {"role": trusting(OIDC, WEB)}, FAIL),
        (SUBJECT, {"role": trusting(OIDC, WEB, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})}, FAIL),
        (SUBJECT, {"role": trusting(OIDC, WEB, StringLike={f"{GITHUB}:sub": "repo:acme/app:*"})}, PASS),
        (SUBJECT, {"role": BROKEN}, UNKNOWN),
        (EXTERNAL, {"role": trusting(aws(OURS))}, PASS),
        (EXTERNAL, {"role": trusting(aws(ALSO_OURS))}, PASS),
        (EXTERNAL, {"role": trusting(aws(TRUSTED))}, PASS),
        (EXTERNAL, {"role": trusting(aws(STRANGE))}, FAIL),
        (EXTERNAL, {"role": trusting(aws(STRANGE), StringEquals={"sts:ExternalId": "x1"})}, PASS),
        (EXTERNAL, {"role": BROKEN}, UNKNOWN),
        (DEPUTY, {"role": trusting(aws(OURS))}, NA),
        (DEPUTY, {"role": trusting(LAMBDA, path=LINKED)}, NA),
        (DEPUTY, {"role": trusting(EC2)}, PASS),
        (DEPUTY, {"role": trusting(LAMBDA)}, FAIL),
        (DEPUTY, {"role": trusting(LAMBDA, StringEquals={"aws:SourceAccount": OURS})}, PASS),
        (DEPUTY, {"role": BROKEN}, UNKNOWN),
        (ADMIN, {"role": trusting(EC2), "attached_policies": []}, PASS),
        (ADMIN, {"role": trusting(EC2), "attached_policies": [attached("AdministratorAccess")]}, FAIL),
        (
            ADMIN,
            {"role": trusting(EC2, path=LINKED), "attached_policies": [attached("AdministratorAccess")]},
            NA,
        ),
        (ADMIN, {"role": {}, "attached_policies": []}, UNKNOWN),
        (READERS, {"role": trusting(aws(STRANGE)), "attached_policies": []}, NA),
        (READERS, {"role": trusting(aws(OURS)), "attached_policies": READ_ONLY}, PASS),
        (READERS, {"role": trusting(EC2), "attached_policies": READ_ONLY}, PASS),
        (READERS, {"role": trusting(aws(ALSO_OURS)), "attached_policies": READ_ONLY}, FAIL),
        (READERS, {"role": trusting(aws(STRANGE)), "attached_policies": READ_ONLY}, FAIL),
        (READERS, {"role": BROKEN, "attached_policies": READ_ONLY}, UNKNOWN),
    ],
)
def test_roles(judged: Judged, policy_id: str, sections: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy_id, **sections).outcome == outcome


def test_the_evidence_names_the_account(judged: Judged) -> None:
    verdict = judged(EXTERNAL, role=trusting(aws(STRANGE)))
    assert verdict.evidence["AssumeRolePolicyDocument"][0]["principal"] == [f"arn:aws:iam::{STRANGE}:root"]


def test_the_raw_form_of_a_document_is_read_too(judged: Judged) -> None:
    role = trusting("*")
    role["AssumeRolePolicyDocument"] = quote(json.dumps(role["AssumeRolePolicyDocument"]))
    assert judged(PUBLIC, role=role).outcome == FAIL


def policy(count: int = 1) -> dict[str, Any]:
    return {"Arn": f"arn:aws:iam::{ACCOUNT}:policy/p", "AttachmentCount": count, "DefaultVersionId": "v1"}


EVERYTHING = allow("*")
HARMLESS = allow("s3:GetObject", resource="arn:aws:s3:::data/*")
MALFORMED = {"Version": "2012-10-17", "Statement": "none"}
ALL_KEYS = "arn:aws:kms:*:*:key/*"
OUR_KEYS = f"arn:aws:kms:*:{ACCOUNT}:key/*"
ONE_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
PASSING = allow("iam:PassRole", "ec2:RunInstances")


@pytest.mark.parametrize(
    ("policy_id", "count", "given", "outcome"),
    [
        ("iam_aws_attached_policy_no_administrative_privileges", 1, EVERYTHING, FAIL),
        ("iam_aws_attached_policy_no_administrative_privileges", 1, HARMLESS, PASS),
        ("iam_aws_attached_policy_no_administrative_privileges", 0, EVERYTHING, NA),
        ("iam_aws_attached_policy_no_administrative_privileges", 1, MALFORMED, UNKNOWN),
        ("iam_customer_attached_policy_no_administrative_privileges", 2, EVERYTHING, FAIL),
        ("iam_customer_attached_policy_no_administrative_privileges", 2, allow("*:*"), FAIL),
        ("iam_customer_attached_policy_no_administrative_privileges", 2, HARMLESS, PASS),
        ("iam_customer_attached_policy_no_administrative_privileges", 0, EVERYTHING, NA),
        ("iam_customer_attached_policy_no_administrative_privileges", 1, None, UNKNOWN),
        ("iam_customer_unattached_policy_no_administrative_privileges", 0, EVERYTHING, FAIL),
        ("iam_customer_unattached_policy_no_administrative_privileges", 0, HARMLESS, PASS),
        ("iam_customer_unattached_policy_no_administrative_privileges", 1, EVERYTHING, NA),
        ("iam_customer_unattached_policy_no_administrative_privileges", 0, MALFORMED, UNKNOWN),
    ],
)
def test_full_rights(judged: Judged, policy_id: str, count: int, given: Any, outcome: Outcome) -> None:
    verdict = judged(policy_id, policy=policy(count), document=given)
    assert verdict.outcome == outcome
    assert outcome != FAIL or verdict.evidence["Statement"][0]["statement"] == 0


def test_a_count_that_is_missing_is_unknown(judged: Judged) -> None:
    verdict = judged(
        "iam_customer_attached_policy_no_administrative_privileges", policy={}, document=EVERYTHING
    )
    assert verdict.outcome == UNKNOWN


@pytest.mark.parametrize(
    ("policy_id", "bad", "good"),
    [
        (
            "iam_no_custom_policy_permissive_role_assumption",
            allow(ASSUME),
            allow(ASSUME, resource=f"arn:aws:iam::{ACCOUNT}:role/one"),
        ),
        ("iam_policy_allows_privilege_escalation", PASSING, HARMLESS),
        ("iam_policy_allows_privilege_escalation", allow("iam:CreatePolicyVersion"), allow("iam:PassRole")),
        (
            "iam_policy_allows_decrypt_on_all_keys",
            allow("kms:Decrypt"),
            allow("kms:Decrypt", resource=ONE_KEY),
        ),
        ("iam_policy_allows_decrypt_on_all_keys", allow("kms:ReEncryptFrom", resource=ALL_KEYS), HARMLESS),
        ("iam_policy_allows_decrypt_on_all_keys", allow("kms:Decrypt", resource=OUR_KEYS), HARMLESS),
        ("iam_policy_no_full_access_to_kms", allow("kms:*"), allow("kms:*", resource=ONE_KEY)),
        ("iam_policy_no_full_access_to_cloudtrail", allow("cloudtrail:*"), allow("cloudtrail:Get*")),
        ("iam_policy_wildcard_service_actions", allow("sqs:*"), allow("sqs:Send*")),
    ],
)
def test_customer_policies(judged: Judged, policy_id: str, bad: Any, good: Any) -> None:
    verdict = judged(policy_id, document=bad)
    assert verdict.outcome == FAIL
    assert verdict.evidence
    assert judged(policy_id, document=good).outcome == PASS
    assert judged(policy_id, document=MALFORMED).outcome == UNKNOWN
    assert judged(policy_id, document=None).outcome == UNKNOWN


INLINE = [
    ("iam_inline_policy_no_administrative_privileges", EVERYTHING, HARMLESS),
    ("iam_inline_policy_allows_privilege_escalation", PASSING, HARMLESS),
    ("iam_inline_policy_allows_decrypt_on_all_keys", allow("kms:Decrypt"), HARMLESS),
    ("iam_inline_policy_no_full_access_to_kms", allow("kms:*"), HARMLESS),
    ("iam_inline_policy_no_full_access_to_cloudtrail", allow("cloudtrail:*"), HARMLESS),
]


def inline(**documents: Any) -> list[dict[str, Any]]:
    return [{"PolicyName": name, "PolicyDocument": each} for name, each in documents.items()]


@pytest.mark.parametrize("holder", ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"])
@pytest.mark.parametrize(("policy_id", "bad", "good"), INLINE)
def test_inline_policies(judged: Judged, policy_id: str, holder: str, bad: Any, good: Any) -> None:
    def judge(inline_policies: Any) -> Verdict:
        return judged(policy_id, of_type=holder, inline_policies=inline_policies)

    assert judge([]).outcome == NA
    assert judge(inline(good=good)).outcome == PASS
    verdict = judge(inline(good=good, broken=MALFORMED, bad=bad))
    assert verdict.outcome == FAIL
    assert set(verdict.evidence["InlinePolicies"]) == {"bad"}
    unread = judge(inline(good=good, broken=MALFORMED))
    assert unread.outcome == UNKNOWN
    assert unread.reason.startswith("broken: ")
    assert judge(None).outcome == UNKNOWN


def test_a_path_between_two_inline_policies(judged: Judged) -> None:
    given = inline(one=allow("iam:PassRole"), two=allow("ec2:RunInstances"))
    verdict = judged("iam_inline_policy_allows_privilege_escalation", inline_policies=given)
    assert verdict.outcome == FAIL
    assert set(verdict.evidence["InlinePolicies"]) == {"one", "two"}


NOBODY: dict[str, Any] = {"PolicyUsers": [], "PolicyGroups": [], "PolicyRoles": []}
A_ROLE = {**NOBODY, "PolicyRoles": [{"RoleName": "support", "RoleId": "AROAEXAMPLE"}]}
A_USER = {**NOBODY, "PolicyUsers": [{"UserName": "alice", "UserId": "AIDAEXAMPLE"}]}


@pytest.mark.parametrize(
    ("policy_id", "entities", "outcome"),
    [
        ("iam_policy_cloudshell_admin_not_attached", NOBODY, PASS),
        ("iam_policy_cloudshell_admin_not_attached", A_ROLE, FAIL),
        ("iam_policy_cloudshell_admin_not_attached", A_USER, FAIL),
        ("iam_policy_cloudshell_admin_not_attached", {}, UNKNOWN),
        ("iam_support_role_created", A_ROLE, PASS),
        ("iam_support_role_created", NOBODY, FAIL),
        ("iam_support_role_created", A_USER, FAIL),
        ("iam_support_role_created", None, UNKNOWN),
    ],
)
def test_who_has_a_policy_of_aws(
    judged: Judged, fits: Fits, policy_id: str, entities: Any, outcome: Outcome
) -> None:
    if entities:
        fits("ListEntitiesForPolicy", None, entities)
    assert judged(policy_id, entities=entities).outcome == outcome


def test_policies_of_aws_and_of_customers_are_told_apart() -> None:
    for policy_id, applies, not_to in (
        (
            "iam_support_role_created",
            "arn:aws-cn:iam::aws:policy/AWSSupportAccess",
            "arn:aws:iam::aws:policy/X",
        ),
        (
            "iam_customer_attached_policy_no_administrative_privileges",
            f"arn:aws-us-gov:iam::{ACCOUNT}:policy/team/p",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        (
            "iam_aws_attached_policy_no_administrative_privileges",
            "arn:aws:iam::aws:policy/job-function/X",
            f"arn:aws:iam::{ACCOUNT}:policy/p",
        ),
    ):
        (found,) = BUILT_IN.named(policy_id)
        assert found.applies_to(applies)
        assert not found.applies_to(not_to)


@pytest.mark.parametrize(
    ("expires", "outcome"),
    [
        (NOW + dt.timedelta(seconds=1), PASS),
        (NOW - dt.timedelta(seconds=1), FAIL),
        (None, UNKNOWN),
        ("never", UNKNOWN),
    ],
)
def test_server_certificates(judged: Judged, fits: Fits, expires: Any, outcome: Outcome) -> None:
    certificate = {"ServerCertificateName": "c", "Expiration": expires}
    if isinstance(expires, dt.datetime):
        fits("GetServerCertificate", "ServerCertificate.ServerCertificateMetadata", certificate)
    assert judged("iam_no_expired_server_certificates_stored", certificate=certificate).outcome == outcome


def test_the_samples_have_the_shapes_of_the_api(fits: Fits) -> None:
    fits("GetRole", "Role", trusting(EC2))
    fits("GetPolicy", "Policy", policy())
    fits("GetPolicyVersion", "PolicyVersion", {"Document": HARMLESS, "VersionId": "v1"})
    fits("ListAttachedRolePolicies", "AttachedPolicies", READ_ONLY)
    for kind in ("User", "Group", "Role"):
        fits(f"Get{kind}Policy", None, inline(p=HARMLESS)[0])
