"""Decides for anybody about anything, with the policies that stand at the moment: calls, deliveries and stacks ask it.

Sources: IAM User Guide, "Policy evaluation logic"; STS API Reference, AssumeRole; EventBridge User Guide, "Using
resource-based policies for Amazon EventBridge" and "Cross-service confused deputy prevention".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from liveaudit.lab.accounts import LAB_USER
from liveaudit.lab.permissions import documents
from liveaudit.lab.permissions.decisions import Decision, Decisions
from liveaudit.lab.permissions.directory import Directory
from liveaudit.lab.permissions.evaluation import (
    Kind,
    Outcome,
    Policies,
    Policy,
    Request,
    Ruling,
    decide,
)
from liveaudit.lab.permissions.patterns import Context, merged
from liveaudit.lab.permissions.principals import Principal, session_of

ASSUME = "sts:AssumeRole"
_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
_OWNER = Policies((Policy(documents.parse(_ALL), Kind.IDENTITY, "AdministratorAccess"),))
_NO_CONTEXT: Mapping[str, str] = {}
_SESSION = "service"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_NOT_KNOWN = (
    "a resource that the lab's gate does not know (liveaudit.lab.permissions.needs), so that only * covers it"
)


def named(text: str) -> Principal:
    """The principal that is meant by an ARN or by the name of a service; a role's ARN means a session of it."""
    if not text.startswith("arn:"):
        return Principal(service=text)
    if _ROLE.fullmatch(text):
        return session_of(text, _SESSION)
    return Principal(text.split(":")[4], text)


class Authority:
    """The one place in the lab where permission is given or refused. Every decision is counted."""

    def __init__(self, directory: Directory, decisions: Decisions) -> None:
        self._directory = directory
        self._decisions = decisions

    def assume(
        self, principal: str, role_arn: str, external_id: str = "", context: Mapping[str, str] = _NO_CONTEXT
    ) -> str:
        """Why ``principal`` (an ARN, or a service as ``events.amazonaws.com``) may not assume the role; empty: it may.

        The role must exist, its trust policy decides, and for an ARN also what that principal itself may do.
        """
        given = merged(context, {"sts:ExternalId": external_id} if external_id else {})
        who = named(principal)
        reason = self.rule_on_role(who, role_arn, given)
        return (
            f"{_who(who)} is not authorized to perform: {ASSUME} on resource: {role_arn} ({reason})"
            if reason
            else ""
        )

    def decide(
        self, principal_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = _NO_CONTEXT
    ) -> str:
        """Why the role or user may not do ``action`` on the resource, in AWS's words; empty when it may.

        A service's name in the place of the ARN asks the resource's own policy alone.
        """
        return self.refusal(named(principal_arn), action, resource_arn, merged(context))

    def decide_by_resource(self, principal_arn: str, action: str, resource_arn: str) -> str:
        """Like ``decide``, asked of the resource's own policy alone, whatever the role or user may do itself."""
        principal = named(principal_arn)
        guarded = self._directory.guarded(resource_arn)
        context = self._context(principal, guarded.owner, {}, _OWNER.keys(guarded.policy))
        request = Request(principal, action, resource_arn, context)
        text = decide(request, _OWNER, guarded.policy, owner=guarded.owner).why(action)
        return (
            f"{_who(principal)} is not authorized to perform: {action} on resource: {resource_arn} {text}"
            if text
            else ""
        )

    def refusal(
        self,
        principal: Principal,
        action: str,
        resource: str | None,
        context: Context,
        *,
        session: tuple[str, ...] | None = None,
    ) -> str:
        """Like ``decide``, for any principal, a session with policies of its own, and a resource that is not known."""
        ruling = self._ruling(principal, action, resource, context, session)
        text = ruling.why(action)
        self._note(principal, action, resource, text)
        if not text:
            return ""
        on = _NOT_KNOWN if resource is None else f"resource: {resource}"
        return f"{_who(principal)} is not authorized to perform: {action} on {on} {text}"

    def rule_on_role(
        self,
        principal: Principal,
        role_arn: str,
        context: Context,
        *,
        session: tuple[str, ...] | None = None,
        action: str = ASSUME,
    ) -> str:
        """Why the principal may not assume a role, empty when it may."""
        reason = self._role_ruling(principal, role_arn, context, session, action)
        self._note(principal, action, role_arn, reason)
        return reason

    def _role_ruling(
        self,
        principal: Principal,
        role_arn: str,
        context: Context,
        session: tuple[str, ...] | None,
        action: str,
    ) -> str:
        role = self._directory.role(role_arn)
        if role is None:
            return f"there is no role {role_arn}"
        policies = self._policies(principal, session)
        owner = role_arn.split(":")[4]
        trust = self._directory.trust(role)
        context = self._context(principal, owner, context, policies.keys(trust))
        request = Request(principal, action, role_arn, context)
        ruling = decide(request, policies, trust, owner=owner, trust_needed=True)
        if ruling.allowed:
            return ""
        if ruling.kind is Kind.RESOURCE:
            denied = ruling.outcome is Outcome.EXPLICIT_DENY
            return f"the role's trust policy {'denies' if denied else 'does not allow'} it"
        return ruling.why(action)

    def _ruling(
        self,
        principal: Principal,
        action: str,
        resource: str | None,
        context: Context,
        session: tuple[str, ...] | None,
    ) -> Ruling:
        guarded = self._directory.guarded(resource or "")
        owner = guarded.owner or principal.account
        policies = self._policies(principal, session)
        context = self._context(principal, owner, context, policies.keys(guarded.policy))
        request = Request(principal, action, resource, context)
        return decide(request, policies, guarded.policy, owner=owner)

    def _policies(self, principal: Principal, session: tuple[str, ...] | None) -> Policies:
        if not principal.account:
            return Policies()
        if principal.arn.endswith(f":user/{LAB_USER}"):
            return Policies(_OWNER.identity, None, self._directory.limits(principal, session))
        return self._directory.policies(principal, session) or Policies()

    def _context(self, principal: Principal, owner: str, given: Context, asked: frozenset[str]) -> Context:
        """``given`` with the keys that say who asks, when, and whose the resource and the source are.

        ``asked``: the keys that matter. Nothing is looked up where none does.
        """
        if not asked:
            return given
        found = {**self._facts_of(principal), "aws:resourceaccount": owner, **given}
        places = {
            "aws:principalorgid": principal.account,
            "aws:resourceorgid": owner,
            "aws:sourceorgid": found.get("aws:sourceaccount"),
        }
        for key, account in places.items():
            if key in asked and isinstance(account, str) and account and key not in found:
                organization = self._directory.organization(account)
                if organization is not None:
                    found[key] = organization.id
        return found

    @staticmethod
    def _facts_of(principal: Principal) -> dict[str, str | tuple[str, ...]]:
        now = dt.datetime.now(dt.UTC)
        found: dict[str, str | tuple[str, ...]] = {
            "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
        }
        if principal.service:
            found["aws:principalisawsservice"] = "true"
            found["aws:principalservicename"] = principal.service
            return found
        found["aws:principalisawsservice"] = "false"
        if not principal.account:
            found["aws:principaltype"] = "Anonymous"
            return found
        found["aws:principalarn"] = principal.identity_arn
        found["aws:principalaccount"] = principal.account
        if principal.role_arn:
            found["aws:principaltype"] = "AssumedRole"
            found["aws:multifactorauthpresent"] = "false"
        elif principal.is_root:
            found["aws:principaltype"] = "Account"
        else:
            found["aws:principaltype"] = "User"
            found["aws:username"] = principal.arn.rsplit("/", 1)[-1]
        return found

    def _note(self, principal: Principal, action: str, resource: str | None, reason: str) -> None:
        if principal.arn.endswith(f":user/{LAB_USER}") and action != ASSUME:
            return  # an owner may do everything in the account
        who = principal.service or principal.identity_arn
        self._decisions.add(Decision(who, action, resource or "", not reason, reason))


def _who(principal: Principal) -> str:
    if principal.service:
        return f"Service: {principal.service}"
    return f"User: {principal.arn or 'anonymous'}"
