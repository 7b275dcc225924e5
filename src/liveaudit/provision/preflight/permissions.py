"""Is every needed permission there? IAM's own simulation of each role, with the actions and resources of its documents.

One call of ``SimulatePrincipalPolicy`` for each group of actions that share resources and conditions: the whole of a
role in a few calls, and nothing is tried out. It knows the role's policies, its boundary and the organization's
service control policies without conditions; what it does not know (those with conditions, resource control policies)
shows in the calls that are really made. Source: IAM API reference, "SimulatePrincipalPolicy", "EvaluationResult".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision.documents.model import Condition, Statement
from liveaudit.provision.installation import Installation

_ACTIONS = 100
"""Actions asked for in one call."""
_RESOURCES = 20
"""Resources asked for in one call."""
_FITTING = "liveaudit-preflight"
"""Put in place of a wildcard: any text that it matches will do."""


class May(StrEnum):
    """Whether a role may do something. UNTOLD: the simulation cannot say."""

    YES = "yes"
    NO = "no"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on the resources of its statement. ``why``: what refuses it, or why it cannot be told."""

    action: str
    may: May
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """What one call asks. ``context``: as the API takes it."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: tuple[Mapping[str, Any], ...] = ()
    open_keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Simulator:
    """Asks IAM what roles may do. ``calls`` counts."""

    caller: Caller
    installation: Installation
    calls: int = 0

    async def ask(
        self, account: str, role_arn: str, statements: Sequence[Statement]
    ) -> list[Permission] | AwsCallError:
        """Every action of the statements, or the error when the account does not let this be asked."""
        first, *others = questions_of(statements, self.installation, account)
        answers = [await self._one(account, role_arn, first)]
        if not isinstance(answers[0], AwsCallError):
            # one refusal is enough
            answers += await asyncio.gather(*(self._one(account, role_arn, each) for each in others))
        found: dict[str, Permission] = {}
        for answer in answers:
            if isinstance(answer, AwsCallError):
                return answer
            for permission in answer:
                known = found.get(permission.action)
                # an action in two statements must be allowed in both
                if known is None or _RANK[permission.may] > _RANK[known.may]:
                    found[permission.action] = permission
        return sorted(found.values(), key=lambda each: each.action.lower())

    async def _one(self, account: str, role_arn: str, question: _Question) -> list[Permission] | AwsCallError:
        params: dict[str, Any] = {"PolicySourceArn": role_arn, "ActionNames": list(question.actions)}
        if question.resources != ("*",):
            params["ResourceArns"] = list(question.resources)
        if question.context:
            params["ContextEntries"] = list(question.context)
        self.calls += 1
        try:
            answer = await self.caller.call(
                account, self.installation.home, "iam", "SimulatePrincipalPolicy", params
            )
        except AwsCallError as error:
            return error
        results: dict[str, Permission] = {}
        for each in answer.get("EvaluationResults") or ():
            permission = _permission(each, question)
            known = results.get(permission.action.lower())
            if known is None or _RANK[permission.may] > _RANK[known.may]:
                results[permission.action.lower()] = permission
        return [
            results.get(action.lower(), Permission(action, May.UNTOLD, "the simulation does not name it"))
            for action in question.actions
        ]


_RANK = {May.YES: 0, May.UNTOLD: 1, May.NO: 2}


def questions_of(
    statements: Sequence[Statement], installation: Installation, account: str
) -> Iterator[_Question]:
    """The calls that it takes to ask for all of ``statements``. Pure."""
    groups: dict[tuple[tuple[str, ...], str], tuple[Condition, dict[str, None]]] = {}
    for each in statements:
        key = (
            each.resources,
            repr(sorted((name, sorted(keys.items())) for name, keys in each.condition.items())),
        )
        groups.setdefault(key, (each.condition, {}))[1].update(dict.fromkeys(each.actions))
    for (patterns, _), (condition, actions) in groups.items():
        entries, open_keys = _context(condition)
        resources = list(dict.fromkeys(_concrete(patterns, installation, account)))
        for some in _batches(list(actions), _ACTIONS):
            for where in _batches(resources, _RESOURCES):
                yield _Question(tuple(some), tuple(where), entries, open_keys)


def _batches(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _concrete(patterns: Iterable[str], installation: Installation, account: str) -> Iterator[str]:
    """ARNs that the patterns match: of each region watched in the account, of the installation's accounts."""
    regions = installation.account(account).regions or installation.regions
    if account == installation.receiver:
        regions = installation.regions
    for pattern in patterns:
        fields = pattern.split(":", 5)
        if len(fields) < 6:
            yield pattern
            continue
        partition, service, region, owner, rest = fields[1:6]
        owners = [owner]
        if owner == "*":
            owners = [each.id for each in installation.accounts if each.id != account] or [account]
        rest = rest.replace("*", _FITTING)
        for where in regions if region == "*" else (region,):
            for whose in owners:
                yield f"arn:{partition}:{service}:{where}:{whose}:{rest}"


def _context(condition: Condition) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """Context entries that meet a condition, and the keys for which no value can be chosen."""
    entries: dict[str, Mapping[str, Any]] = {}
    open_keys: list[str] = []
    for operator, keys in condition.items():
        base = operator.lower().rpartition(":")[2].removesuffix("ifexists")
        for key, value in keys.items():
            values = (value,) if isinstance(value, str) else value
            if base == "null":
                continue
            if base not in ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase"):
                open_keys.append(key)
                continue
            kind = "stringList" if operator.lower().startswith("forallvalues:") else "string"
            entries[key] = {
                "ContextKeyName": key,
                "ContextKeyValues": [values[0].replace("*", _FITTING)],
                "ContextKeyType": kind,
            }
    return tuple(entries.values()), tuple(open_keys)


def _permission(result: Mapping[str, Any], question: _Question) -> Permission:
    """One result; where resources are told one by one, the worst of them."""
    action = str(result.get("EvalActionName", ""))
    specific = result.get("ResourceSpecificResults") or ()
    refused = [each for each in specific if each.get("EvalResourceDecision") != "allowed"]
    decision = str(result.get("EvalDecision", ""))
    if specific and not refused:
        decision = "allowed"
    if decision == "allowed" and not refused:
        return Permission(action, May.YES)
    worst = refused[0] if refused else result
    where = str(worst.get("EvalResourceName", "")) if refused else ""
    missing = [*(result.get("MissingContextValues") or ()), *(worst.get("MissingContextValues") or ())]
    if missing and question.open_keys:
        keys = ", ".join(sorted({str(each) for each in missing}))
        return Permission(action, May.UNTOLD, f"it depends on {keys}, which the simulation does not know")
    return Permission(action, May.NO, _why(result, worst, where))


def _why(result: Mapping[str, Any], worst: Mapping[str, Any], where: str) -> str:
    said = str(worst.get("EvalResourceDecision") or result.get("EvalDecision") or "")
    why = "denied by a statement" if said == "explicitDeny" else ""
    if (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations") is False:
        why = ORGANIZATION
    for each in (worst, result):
        if (each.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary") is False:
            why = why or "not within the role's permissions boundary"
    return f"{why} on {where}".strip() if where and where != "*" else why


ORGANIZATION = "refused by a service control policy of the organization"
