"""Trust policies of roles: who may become the role.

Source: IAM User Guide, "Access to AWS accounts owned by third parties" (external id), "Create a role for OpenID Connect
federation", "Identity-provider controls for shared OIDC providers", "The confused deputy problem".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from liveaudit.policies.documents.access import (
    SERVICES_WITHOUT_SOURCE,
    foreign_grants,
    public_grants,
    service_grants_without_source,
)
from liveaudit.policies.documents.conditions import fixed, requires
from liveaudit.policies.documents.cover import (
    actions_in_question,
    grant,
    left_over,
    resources_in_question,
    surely_applies,
)
from liveaudit.policies.documents.model import Condition, Document, Grant, Principal, PrincipalKind, Statement
from liveaudit.policies.documents.principals import denies_principal

_ASSUME: Final = ("sts:AssumeRole",)
_ANY_ASSUME: Final = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
_WEB: Final = ("sts:AssumeRoleWithWebIdentity",)
_SAML: Final = ("sts:AssumeRoleWithSAML",)
_EXTERNAL_ID: Final = "sts:externalid"

_GITHUB: Final = "token.actions.githubusercontent.com"
_SUBJECT_CLAIMS: Final[dict[str, tuple[str, ...]]] = {
    "cognito-identity.amazonaws.com": ("aud", "sub"),
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": ("app_id", "user_id"),
    "graph.facebook.com": ("app_id", "id"),
    "api.pulumi.com/oidc": ("aud", "sub"),
    _GITHUB: ("sub", "job_workflow_ref", "repository", "repository_id", "repository_owner_id"),
}
"""By provider: the claims that say for whom the token was made. For a pool or an app that is its own id."""

_GITHUB_SUBJECT = re.compile(
    r"(repo|repository|repository_owner|repository_id|repository_owner_id|job_workflow_ref|enterprise|enterprise_id)"
    r":[^*?:/@]+([:/@]|$)"
)
_OWNER = re.compile(r"[^*?:/@]+([/@]|$)")


def trust_allows_anyone(doc: Document) -> tuple[Grant, ...]:
    """The statements by which any AWS account may assume the role. sts:ExternalId is no secret and does not narrow."""
    return public_grants(doc, actions=_ANY_ASSUME)


def assumable_by_other_accounts(doc: Document, own_account: str) -> tuple[Grant, ...]:
    """The statements by which another account, whosesoever, may assume the role, one of the same organization too."""
    return foreign_grants(
        doc, own_accounts=frozenset({own_account}), trusted=frozenset(), actions=_ASSUME, own_orgs=frozenset()
    )


def external_accounts_without_external_id(
    doc: Document,
    own_accounts: frozenset[str],
    trusted: frozenset[str] = frozenset(),
    own_orgs: frozenset[str] | None = None,
) -> tuple[Grant, ...]:
    """The statements by which accounts that are neither own nor trusted may assume the role with no external id asked.

    An external id counts when it must be present and is fixed. A pin to an organization clears, as in
    ``foreign_grants``.
    """
    found = foreign_grants(
        doc, own_accounts=own_accounts, trusted=trusted, actions=_ASSUME, own_orgs=own_orgs
    )
    if not found:
        return ()
    by_index = {statement.index: statement for statement in doc.allows}
    return tuple(item for item in found if not _asks_external_id(doc, by_index[item.statement]))


def _asks_external_id(doc: Document, allow: Statement) -> bool:
    def asked(conditions: Sequence[Condition]) -> bool:
        return any(_is_external_id(condition, allow.variables) for condition in conditions)

    if asked(allow.conditions):
        return True
    return any(
        deny.conditions
        and all(denies_principal(deny, principal) for principal in allow.principals or ())
        and surely_applies(deny, allow, asked)
        and not left_over(
            actions_in_question(allow, ("sts:assumerole",)), resources_in_question(allow, None), [deny]
        )[0]
        for deny in doc.denies
    )


def _is_external_id(condition: Condition, variables: bool) -> bool:
    return (
        condition.name == _EXTERNAL_ID
        and condition.op.base in ("stringequals", "stringequalsignorecase", "stringlike")
        and requires(condition)
        and all(value and fixed(value, condition.op, variables) for value in condition.values)
    )


def service_trust_without_source(
    doc: Document, skip: frozenset[str] = SERVICES_WITHOUT_SOURCE
) -> tuple[Grant, ...]:
    """The statements by which a service may assume the role on anyone's behalf. ``skip``: services that name no source."""
    return service_grants_without_source(doc, actions=_ASSUME, skip=skip)


def web_identity_without_subject(doc: Document) -> tuple[Grant, ...]:
    """The statements by which whoever has a token of an OpenID Connect provider may assume the role.

    Needed is a condition on the claim that says for whom the token was made: ``<provider>:sub``, for Cognito the
    identity pool (``:aud``), for Google, Amazon and Facebook the app. A value that fixes no owner (``*``, ``repo:*``,
    ``repo:my-org*``, ``system:serviceaccount:*``) is none. A condition on the audience alone, which all tokens of GitHub
    share, is none.
    """
    return _federated(doc, _WEB, _is_web_identity, _names_subject)


def saml_without_audience(doc: Document) -> tuple[Grant, ...]:
    """The statements by which a SAML provider's users may assume the role without a condition on what SAML asserts."""
    return _federated(doc, _SAML, _is_saml, _names_audience)


_Narrows = Callable[[str, Condition, bool], bool]


def _federated(
    doc: Document, actions: Sequence[str], is_meant: Callable[[Principal], bool], narrows: _Narrows
) -> tuple[Grant, ...]:
    asked = tuple(action.lower() for action in actions)
    found = []
    for allow in doc.allows:
        providers = [p for p in allow.principals or () if is_meant(p)]
        if not providers or allow.not_principal:
            continue
        parts = actions_in_question(allow, asked)
        for provider in providers if parts else ():
            name = _provider(provider.value)

            def narrow(
                conditions: Sequence[Condition], name: str = name, variables: bool = allow.variables
            ) -> bool:
                return any(narrows(name, condition, variables) for condition in _firm(conditions))

            if narrow(allow.conditions):
                continue
            denies = [
                deny
                for deny in doc.denies
                if denies_principal(deny, provider) and surely_applies(deny, allow, narrow)
            ]
            left = left_over(parts, resources_in_question(allow, None), denies)
            if left[0]:
                found.append(grant(allow, *left, principals=(provider.value,)))
    return tuple(found)


def _firm(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions that a request without their key does not meet."""
    present = {
        c.name
        for c in conditions
        if c.op.base == "null" and c.values and {v.lower() for v in c.values} == {"false"}
    }
    return [c for c in conditions if requires(c, present=c.name in present)]


def _is_web_identity(principal: Principal) -> bool:
    if principal.kind is not PrincipalKind.FEDERATED:
        return False
    return ":oidc-provider/" in principal.value or not principal.value.startswith("arn:")


def _is_saml(principal: Principal) -> bool:
    return principal.kind is PrincipalKind.FEDERATED and ":saml-provider/" in principal.value


def _provider(value: str) -> str:
    """The name under which a provider's claims are condition keys."""
    return value.split(":oidc-provider/", 1)[-1].rstrip("/").lower()


_TEXT = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})


def _names_subject(provider: str, condition: Condition, variables: bool) -> bool:
    prefix, _, claim = condition.name.rpartition(":")
    if prefix != provider or condition.op.base not in _TEXT:
        return False
    if claim not in _SUBJECT_CLAIMS.get(provider, ("sub",)):
        return False
    return all(_is_subject(provider, claim, value, condition, variables) for value in condition.values)


def _is_subject(provider: str, claim: str, value: str, condition: Condition, variables: bool) -> bool:
    if not value:
        return False
    is_fixed = fixed(value, condition.op, variables)
    if provider == _GITHUB:
        if claim == "sub":
            return _GITHUB_SUBJECT.match(value) is not None
        return is_fixed or (claim in ("repository", "job_workflow_ref") and _OWNER.match(value) is not None)
    if is_fixed:
        return True
    literal = re.split(r"[*?]|\$\{", value, maxsplit=1)[0].removeprefix("system:serviceaccount:")
    # A label and an owner ("organization:acme:", "project_path:acme/"), or a namespace of a cluster.
    needed = 1 if value.startswith("system:serviceaccount:") else 2
    return len([part for part in re.split(r"[:/]", literal)[:-1] if part]) >= needed


def _names_audience(_: str, condition: Condition, variables: bool) -> bool:
    return (
        condition.name in ("saml:aud", "saml:sub", "saml:iss", "saml:namequalifier")
        and condition.op.base in _TEXT
        and bool(condition.values)
        and all(fixed(value, condition.op, variables) for value in condition.values)
    )
