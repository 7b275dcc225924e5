"""The policies of IAM roles: who may take them, and what the strongest of them may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.documents import (
    Document,
    Grant,
    PrincipalKind,
    assumable_by_other_accounts,
    external_accounts_without_external_id,
    service_trust_without_source,
    trust_allows_anyone,
    web_identity_without_subject,
)
from liveaudit.policies.policy import Context
from liveaudit.policies.shapes import document, mapping, rule, text
from liveaudit.services.iam.resources import role
from liveaudit.services.iam.shapes import has_aws_policy

_SERVICE_LINKED = "the role is linked to an AWS service, which alone decides about it"


def _service_linked(role: Any) -> bool:
    return text(mapping(role, "the role").get("Path"), "the role's Path").startswith("/aws-service-role/")


def _trust(role: Any) -> Document:
    return document(mapping(role, "the role").get("AssumeRolePolicyDocument"), "the trust policy")


def _judged(grants: Iterable[Grant], wrong: str, right: str) -> Verdict:
    found = [grant.evidence() for grant in grants]
    return failed(wrong, AssumeRolePolicyDocument=found) if found else passed(right)


@rule(
    role,
    "iam_role_trust_allows_any_principal",
    Severity.CRITICAL,
    title="No role can be taken by everybody",
    why="With * as principal, any AWS account in the world can take the role and use its rights.",
    fix="Name the accounts or roles that need it as Principal, or narrow it to your organization with "
    "aws:PrincipalOrgID.",
)
def trust_is_not_public(role: Any) -> Verdict:
    """IAM user guide, "AWS JSON policy elements: Principal"."""
    return _judged(
        trust_allows_anyone(_trust(role)),
        "any AWS account may take the role",
        "the trust policy lets in nobody unnamed",
    )


@rule(
    role,
    "iam_role_oidc_trust_without_subject",
    Severity.CRITICAL,
    title="Roles for web identities name whose tokens they take",
    why="Without a condition on the subject, any workflow or user of the same identity provider can take the role: for "
    "GitHub that is every repository in the world.",
    fix="Add a condition on the provider's sub claim that names whose tokens are taken.",
)
def web_identities_are_named(role: Any) -> Verdict:
    """IAM user guide, "Create a role for OpenID Connect federation"."""
    trust = _trust(role)
    if not any(
        principal.kind is PrincipalKind.FEDERATED and ":saml-provider/" not in principal.value
        for statement in trust.allows
        for principal in statement.principals or ()
    ):
        return not_applicable("the role trusts no provider of web identities")
    return _judged(
        web_identity_without_subject(trust),
        "anybody with a token of the identity provider may take the role",
        "every web identity is named by its subject",
    )


@rule(
    role,
    "iam_role_trusts_external_account_without_external_id",
    Severity.HIGH,
    title="Roles for other companies ask for an external id",
    why="A service provider that serves many customers can be tricked into using your role for one of the others; the "
    "external id tells the customers apart.",
    fix="Agree on an external id with the other side and add a condition on sts:ExternalId, or add the "
    "account to the trusted ones if it is yours.",
)
def outsiders_need_an_external_id(role: Any, resource: Resource, context: Context) -> Verdict:
    """IAM user guide, "Access to AWS accounts owned by third parties"."""
    return _judged(
        external_accounts_without_external_id(
            _trust(role), context.own_accounts | {resource.account}, context.trusted_accounts
        ),
        "an account that is not ours may take the role without an external id",
        "accounts that are not ours need an external id, or have no access",
    )


@rule(
    role,
    "iam_role_cross_service_confused_deputy_prevention",
    Severity.HIGH,
    title="Roles for AWS services take requests from our own resources only",
    why="An AWS service works for everybody: without a condition on the source, somebody else's resource of that service "
    "may make it use the role.",
    fix="Add a condition on aws:SourceAccount, aws:SourceArn or aws:SourceOrgID.",
)
def services_name_their_source(role: Any) -> Verdict:
    """IAM user guide, "The confused deputy problem"."""
    if _service_linked(role):
        return not_applicable(_SERVICE_LINKED)
    trust = _trust(role)
    if not any(
        principal.kind is PrincipalKind.SERVICE
        for statement in trust.allows
        for principal in statement.principals or ()
    ):
        return not_applicable("the role trusts no AWS service")
    return _judged(
        service_trust_without_source(trust),
        "an AWS service may take the role on anybody's behalf",
        "every service that can name its source has to",
    )


@rule(
    role,
    "iam_role_administratoraccess_policy",
    Severity.HIGH,
    title="No role has AdministratorAccess",
    why="Whoever or whatever takes the role controls the whole account, and a flaw in what uses it does too.",
    fix="Attach a policy with what the role needs, then detach AdministratorAccess.",
)
def is_no_administrator(role: Any, attached_policies: Any) -> Verdict:
    """IAM user guide, "AWS managed policies for job functions"; service-linked roles cannot be changed."""
    if _service_linked(role):
        return not_applicable(_SERVICE_LINKED)
    if has_aws_policy(attached_policies, "AdministratorAccess"):
        return failed("AdministratorAccess is attached to the role", AttachedPolicies=["AdministratorAccess"])
    return passed("AdministratorAccess is not attached to the role")


@rule(
    role,
    "iam_role_cross_account_readonlyaccess_policy",
    Severity.HIGH,
    title="No role with ReadOnlyAccess can be taken from another account",
    why="ReadOnlyAccess reads data too: objects, tables, parameters. Another account then reads all of it.",
    fix="Attach SecurityAudit or ViewOnlyAccess, which read settings only, then detach ReadOnlyAccess.",
)
def readers_stay_inside(role: Any, attached_policies: Any, resource: Resource) -> Verdict:
    """AWS managed policy reference, "ReadOnlyAccess"; IAM user guide, "Cross account resource access in IAM"."""
    if not has_aws_policy(attached_policies, "ReadOnlyAccess"):
        return not_applicable("ReadOnlyAccess is not attached to the role")
    return _judged(
        assumable_by_other_accounts(_trust(role), resource.account),
        "another account may take the role and read everything",
        "no other account may take the role",
    )
