"""Is every needed permission there? IAM's own simulation of each role, with the actions and resources of its documents.

A role is asked about in as few calls of ``SimulatePrincipalPolicy`` as its conditions allow, and nothing is tried out. A
pattern is asked about by ARNs that match it: in two of the account's regions, for each of the installation's accounts. The
simulation knows the role's policies, its boundary and the organization's service control policies without conditions; what
it does not know (those with conditions, resource control policies) shows in the calls that are really made. Source: IAM
API reference, "SimulatePrincipalPolicy", "EvaluationResult".
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
_RESOURCES = 50
"""Resources asked for in one call."""
_EVERY = "*"
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
    """What one call asks. ``wanted``: from action to the resources on which it is needed; ``context``: as the API takes it.

    Every action is simulated on every resource of the call; what was not wanted is not looked at.
    """

    wanted: Mapping[str, tuple[str, ...]]
    context: tuple[Mapping[str, Any], ...] = ()
    open_keys: tuple[str, ...] = ()

    @property
    def resources(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys(one for each in self.wanted.values() for one in each))


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
        params: dict[str, Any] = {"PolicySourceArn": role_arn, "ActionNames": list(question.wanted)}
        if question.resources != (_EVERY,):
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
        told = _told(answer.get("EvaluationResults") or ())
        return [
            _permission(action, resources, told.get(action.lower(), {}), question)
            for action, resources in question.wanted.items()
        ]


_RANK = {May.YES: 0, May.UNTOLD: 1, May.NO: 2}


@dataclass(slots=True)
class _Group:
    """Statements that one call can ask for: their conditions are met by one context."""

    every: bool
    context: dict[str, Mapping[str, Any]]
    open_keys: dict[str, None]
    wanted: dict[str, dict[str, None]]

    def takes(self, every: bool, context: Mapping[str, Mapping[str, Any]]) -> bool:
        return self.every == every and all(
            self.context.get(key, each) == each for key, each in context.items()
        )


def questions_of(
    statements: Sequence[Statement], installation: Installation, account: str
) -> Iterator[_Question]:
    """The calls that it takes to ask for all of ``statements``. Pure."""
    groups: list[_Group] = []
    for each in statements:
        context, open_keys = _context(each.condition)
        every = each.resources == (_EVERY,)
        group = next((one for one in groups if one.takes(every, context)), None)
        if group is None:
            groups.append(group := _Group(every, {}, {}, {}))
        group.context |= context
        group.open_keys |= dict.fromkeys(open_keys)
        resources = dict.fromkeys(_concrete(each.resources, installation, account))
        for action in each.actions:
            group.wanted.setdefault(action, {}).update(resources)
    for group in groups:
        for wanted in _calls(group.wanted):
            yield _Question(wanted, tuple(group.context.values()), tuple(group.open_keys))


def _calls(wanted: Mapping[str, Mapping[str, None]]) -> Iterator[dict[str, tuple[str, ...]]]:
    """The actions cut into calls of no more than so many actions and resources."""
    call: dict[str, tuple[str, ...]] = {}
    held: set[str] = set()
    for action, resources in wanted.items():
        listed = tuple(resources)
        for start in range(0, len(listed), _RESOURCES):
            some = listed[start : start + _RESOURCES]
            if call and (action in call or len(call) == _ACTIONS or len(held.union(some)) > _RESOURCES):
                yield call
                call, held = {}, set()
            call[action] = some
            held |= set(some)
    if call:
        yield call


def _concrete(patterns: Iterable[str], installation: Installation, account: str) -> Iterator[str]:
    """ARNs that the patterns match: of two regions watched in the account, of the installation's accounts."""
    regions = installation.account(account).regions or installation.regions
    if account == installation.receiver:
        regions = installation.regions
    regions = tuple(dict.fromkeys((regions[0], regions[-1]))) if regions else (installation.home,)
    for pattern in patterns:
        fields = pattern.split(":", 5)
        if len(fields) < 6:
            yield pattern
            continue
        partition, service, region, owner, rest = fields[1:6]
        owners = [owner]
        if owner == "*":
            others = [each.id for each in installation.accounts if each.id != account] or [account]
            # roles are named account by account; of anything else one of another account shows what is allowed
            owners = others if service == "iam" else [account, others[0]]
        rest = rest.replace("*", _FITTING)
        for where in regions if region == "*" else (region,):
            for whose in owners:
                yield f"arn:{partition}:{service}:{where}:{whose}:{rest}"


def _context(condition: Condition) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """Context entries that meet a condition, by key, and the keys for which no value can be chosen."""
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
    return entries, tuple(open_keys)


@dataclass(frozen=True, slots=True)
class _Ruling:
    """How one action on one resource ended. ``details``: where the answer says more."""

    decision: str
    details: tuple[Mapping[str, Any], ...]


def _told(results: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, _Ruling]]:
    """From action (lower case) and resource to the ruling.

    AWS gives one result an action with the resources in it, and gave one an action and resource before; both are read.
    """
    found: dict[str, dict[str, _Ruling]] = {}
    for each in results:
        rulings = found.setdefault(str(each.get("EvalActionName", "")).lower(), {})
        specific = each.get("ResourceSpecificResults") or ()
        for one in specific:
            name = str(one.get("EvalResourceName", _EVERY))
            rulings[name] = _Ruling(str(one.get("EvalResourceDecision", "")), (one, each))
        if not specific:
            name = str(each.get("EvalResourceName") or _EVERY)
            rulings[name] = _Ruling(str(each.get("EvalDecision", "")), (each,))
    return found


def _permission(
    action: str, resources: Sequence[str], told: Mapping[str, _Ruling], question: _Question
) -> Permission:
    """What the rulings on those resources come to: the worst of them."""
    worst = Permission(action, May.YES)
    for resource in resources:
        found = _one(action, resource, told.get(resource), question)
        if _RANK[found.may] > _RANK[worst.may]:
            worst = found
    return worst


def _one(action: str, resource: str, ruling: _Ruling | None, question: _Question) -> Permission:
    if ruling is None:
        return Permission(action, May.UNTOLD, "the simulation does not name it")
    if ruling.decision == "allowed":
        return Permission(action, May.YES)
    missing = {str(key) for each in ruling.details for key in each.get("MissingContextValues") or ()}
    if missing and question.open_keys:
        keys = ", ".join(sorted(missing))
        return Permission(action, May.UNTOLD, f"it depends on {keys}, which the simulation does not know")
    return Permission(action, May.NO, _why(ruling, resource))


def _why(ruling: _Ruling, resource: str) -> str:
    why = "denied by a statement" if ruling.decision == "explicitDeny" else ""
    for each in ruling.details:
        if (each.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary") is False:
            why = why or "not within the role's permissions boundary"
        if (each.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations") is False:
            why = ORGANIZATION
    return why if resource == _EVERY else f"{why} on {resource}".strip()


ORGANIZATION = "refused by a service control policy of the organization"
