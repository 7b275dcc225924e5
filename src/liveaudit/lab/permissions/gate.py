"""The gate before every call: what does it need, and may the caller do that?

AWS authorises before it looks at parameters, so the gate comes before the service. Source of the words: IAM User
Guide, "Troubleshoot access denied error messages".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from liveaudit.lab import internals
from liveaudit.lab.accounts import Identity
from liveaudit.lab.calls import Call
from liveaudit.lab.errors import Refusal, refused
from liveaudit.lab.permissions import actions, needs
from liveaudit.lab.permissions.authority import ASSUME, Authority
from liveaudit.lab.permissions.facts import Facts, Places
from liveaudit.lab.permissions.patterns import Context, merged
from liveaudit.lab.permissions.principals import Principal

_GLOBAL = "us-east-1"
_REACHING_OUT = frozenset({("events", "PutEvents")})
"""Calls to other accounts' resources, for which it takes more than being an account's owner."""
_WITHOUT_REGION = frozenset({"iam", "organizations", "account", "cloudfront", "route53", "shield"})


class Gate:
    """Lets calls through or refuses them. The lab's own keys may do everything that the owner of an account may."""

    def __init__(self, authority: Authority, places: Places) -> None:
        self._authority = authority
        self._places = places

    def refusal(self, call: Call) -> Refusal | None:
        """Why the call is not let through, None when it is."""
        identity = call.identity
        if (call.service, call.operation) in actions.NOT_AUTHORISED and identity.arn:
            return None
        if (call.service, call.operation) == ("sts", "AssumeRole"):
            return self._assume(call)
        if identity.is_owner and (call.service, call.operation) not in _REACHING_OUT:
            return None
        wanted = actions.actions_of(
            call.service, call.signing_name, call.operation, call.environ["REQUEST_METHOD"]
        )
        params = parameters(call) if needs.needs_parameters(call.service, call.operation, wanted) else {}
        facts = self._facts(call, params)
        principal = principal_of(identity)
        common = self._context(call)
        for need in needs.needs_of(facts, self._places, wanted):
            why = self._authority.refusal(
                principal,
                need.action,
                need.resource,
                merged(common, need.context),
                session=identity.session_policies,
            )
            if why:
                return refused(call.service, call.protocol, why)
        return None

    def _assume(self, call: Call) -> Refusal | None:
        facts = self._facts(call, parameters(call))
        identity = call.identity
        (wanted, *others) = needs.needs_of(facts, self._places, (ASSUME,))
        if wanted.resource is None:
            return None  # STS says itself that the role is missing
        for need in (wanted, *others):
            reason = self._authority.rule_on_role(
                principal_of(identity),
                wanted.resource,
                merged(self._context(call), need.context),
                session=identity.session_policies,
                action=need.action,
            )
            if reason:
                text = (
                    f"User: {identity.arn or 'anonymous'} is not authorized to perform: {need.action} "
                    f"on resource: {wanted.resource}"
                )
                return refused(call.service, call.protocol, text)
        return None

    def _facts(self, call: Call, params: Mapping[str, Any]) -> Facts:
        return Facts(
            call.service,
            call.operation,
            call.region,
            call.account,
            principal_of(call.identity).identity_arn,
            params,
            urlsplit(call.environ.get("RAW_URI", "/")).path,
        )

    @staticmethod
    def _context(call: Call) -> Context:
        region = _GLOBAL if call.service in _WITHOUT_REGION else call.region
        found = {
            "aws:requestedregion": region,
            "aws:sourceip": str(call.environ.get("REMOTE_ADDR", "127.0.0.1")),
            "aws:useragent": str(call.environ.get("HTTP_USER_AGENT", "")),
        }
        if call.identity.user_id:
            found["aws:userid"] = call.identity.user_id
        return found


def principal_of(identity: Identity) -> Principal:
    """The caller as policies see it; of an unsigned call, nobody."""
    if not identity.arn:
        return Principal()
    return Principal(identity.account, identity.arn, identity.role_arn)


def parameters(call: Call) -> Mapping[str, Any]:
    """The call's parameters; none where they are malformed, which the service then says itself."""
    if call.protocol == "json":
        try:
            given = json.loads(call.body or b"{}")
        except ValueError:
            return {}
        return given if isinstance(given, dict) else {}
    malformed = internals.module("core.parse").RequestParserError
    try:
        return call.params()
    except (malformed, ValueError, KeyError, TypeError, AttributeError):
        return {}
