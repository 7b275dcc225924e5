"""What a policy is: a pure function on sections, with its texts."""

from __future__ import annotations

import datetime as dt
import fnmatch
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Severity, Verdict
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import TRUSTED, Parameter, Value, with_defaults

Judge = Callable[..., Verdict]

RESERVED = frozenset({"resource", "now", "context"})
"""Parameter names that are handed in by the engine and are no sections."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a policy may know beside the sections.

    ``own_accounts``: account ids that belong to the same owner (all that are enrolled).
    ``trusted_accounts``: further account ids that may be let in.
    """

    own_accounts: frozenset[str] = frozenset()
    trusted_accounts: frozenset[str] = frozenset()


class PolicyKind(StrEnum):
    """By what a policy judges. All but the first are the users' own."""

    BUILT_IN = "built-in"
    PYTHON = "python"
    CEL = "cel"
    TAGS = "tags"
    LAMBDA = "lambda"
    CONFIG_RULE = "config-rule"


@dataclass(frozen=True, slots=True)
class Asks:
    """That a policy is decided elsewhere. ``whom``: the name of who is asked, as a function's ARN; ``options``: what else
    its evaluator has to know, of a shape of its own."""

    whom: str
    options: Any = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A named audit rule on one resource type.

    ``sections``: what it reads. ``ids``: glob on the resource id that it is limited to (``*`` for all). ``takes``: what
    its users may set; ``parameters``: the names of its function's arguments.

    Of the users' own policies: ``origin``: the file or package that it comes from; ``version``: a name for its definition
    as it stands; ``controls``: which it serves, by framework; ``asks``: who is asked, if its own function does not judge.
    """

    id: str
    type: str
    service: str
    severity: Severity
    title: str
    why: str
    fix: str
    judge: Judge
    sections: frozenset[str]
    parameters: tuple[str, ...]
    ids: str = "*"
    takes: tuple[Parameter, ...] = ()
    kind: PolicyKind = PolicyKind.BUILT_IN
    origin: str = ""
    version: str = ""
    controls: tuple[tuple[str, tuple[str, ...]], ...] = ()
    asks: Asks | None = None

    @property
    def timed(self) -> bool:
        """Whether the verdict can change by the passing of time alone."""
        return "now" in self.parameters

    def applies_to(self, resource_id: str) -> bool:
        """Whether the resource with this id is one that the policy judges at all."""
        return self.ids == "*" or fnmatch.fnmatchcase(resource_id, self.ids)


class PolicyRegistry:
    """All policies, by id and resource type: one id may stand on several types.

    ``over``: another registry, whose policies are seen here too. ``changes``: how often the policies here were replaced.
    """

    def __init__(self, over: PolicyRegistry | None = None) -> None:
        self._over = over
        self._by_type: dict[str, dict[str, Policy]] = {}
        self.changes = 0

    def add(self, policy: Policy) -> None:
        """Take a policy in. Raises ValueError when its type has one of that id."""
        self._add_to(self._by_type, policy)

    def replace(self, policies: Iterable[Policy]) -> None:
        """Have these policies here in the place of all that were; those of the registry below stay.

        Raises ValueError for a policy whose type has one of that id; nothing has changed then. From any thread: who
        reads meanwhile sees all of the old ones or all of the new.
        """
        made: dict[str, dict[str, Policy]] = {}
        for each in policies:
            self._add_to(made, each)
        self._by_type = made
        self.changes += 1

    def _add_to(self, by_type: dict[str, dict[str, Policy]], policy: Policy) -> None:
        below = self._over.get(policy.id, policy.type) if self._over is not None else None
        if below is not None or policy.id in by_type.get(policy.type, {}):
            raise ValueError(f"policy {policy.id} is defined twice for {policy.type}")
        by_type.setdefault(policy.type, {})[policy.id] = policy

    @property
    def own(self) -> tuple[Policy, ...]:
        """Those that stand here and not in the registry below."""
        return tuple(policy for of_type in self._by_type.values() for policy in of_type.values())

    def get(self, policy_id: str, type_name: str) -> Policy | None:
        """The policy of that id on that resource type, or None."""
        found = self._by_type.get(type_name, {}).get(policy_id)
        if found is None and self._over is not None:
            return self._over.get(policy_id, type_name)
        return found

    def named(self, policy_id: str) -> tuple[Policy, ...]:
        """The policies of that id, one for each type it stands on."""
        return tuple(each for each in self.all() if each.id == policy_id)

    def of(self, type_name: str) -> tuple[Policy, ...]:
        """The policies of one resource type."""
        below = self._over.of(type_name) if self._over is not None else ()
        return (*below, *self._by_type.get(type_name, {}).values())

    def all(self) -> tuple[Policy, ...]:
        """Every policy, by id and type."""
        below = self._over.all() if self._over is not None else ()
        return tuple(sorted((*below, *self.own), key=lambda policy: (policy.id, policy.type)))


BUILT_IN = PolicyRegistry()
"""Where the decorator below puts the policies of ``liveaudit.services``."""
_COLLECTING: ContextVar[PolicyRegistry] = ContextVar("collecting", default=BUILT_IN)


@contextmanager
def collecting() -> Iterator[PolicyRegistry]:
    """Where the decorator puts policies meanwhile, in this thread: what runs in here are users' own files."""
    registry = PolicyRegistry()
    token = _COLLECTING.set(registry)
    try:
        yield registry
    finally:
        _COLLECTING.reset(token)


def policy(
    resource_type: ResourceType,
    policy_id: str,
    severity: Severity,
    *,
    title: str,
    why: str,
    fix: str,
    ids: str = "*",
    takes: tuple[Parameter, ...] = (),
    frameworks: Mapping[str, Sequence[str]] = MappingProxyType({}),
    registry: PolicyRegistry | None = None,
) -> Callable[[Judge], Judge]:
    """Register the decorated function as a policy.

    Its parameter names are the sections it reads, as with pytest's fixtures; ``resource`` (model.Resource),
    ``now`` (clock.Now) and ``context`` (Context) are handed in beside them, and what it ``takes`` under the names
    of those. A section that is not configured is None. ``frameworks``: the controls that a policy of users' own serves,
    by framework; those of the built-in ones stand in the frameworks' files. Raises ValueError for a name that is no
    section of the type.
    """

    def register(judge: Judge) -> Judge:
        parameters = tuple(inspect.signature(judge).parameters)
        named = {each.name for each in takes}
        if unused := named - set(parameters):
            raise ValueError(
                f"policy {policy_id} takes {sorted(unused)}, which its function does not ask for"
            )
        sections = frozenset(parameters) - RESERVED - named
        missing = sections - resource_type.sections.keys()
        if missing:
            raise ValueError(
                f"policy {policy_id} reads {sorted(missing)}: no section of {resource_type.name}"
            )
        (_COLLECTING.get() if registry is None else registry).add(
            Policy(
                id=policy_id,
                type=resource_type.name,
                service=resource_type.service,
                severity=severity,
                title=title,
                why=why,
                fix=fix,
                judge=judge,
                sections=sections,
                parameters=parameters,
                ids=ids,
                takes=(*takes, TRUSTED) if "context" in parameters else takes,
                controls=tuple((name, tuple(ids)) for name, ids in frameworks.items()),
            )
        )
        return judge

    return register


NOTHING_SET: Mapping[str, Value] = MappingProxyType({})


def call_judge(
    policy: Policy,
    sections: Mapping[str, Any],
    *,
    resource: Any,
    now: Now | dt.datetime,
    context: Context,
    values: Mapping[str, Value] = NOTHING_SET,
) -> Verdict:
    """Run the policy on its sections. Whatever its function raises comes through.

    ``now``: the time; as a ``Now`` it can tell afterwards from when on the verdict may be another. ``values``: what is
    set of its parameters.
    """
    now = Now(now) if isinstance(now, dt.datetime) else now
    if trusted := values.get(TRUSTED.name):
        context = replace(context, trusted_accounts=context.trusted_accounts | set(map(str, _items(trusted))))
    given = {"resource": resource, "now": now, "context": context, **with_defaults(policy.takes, values)}
    return policy.judge(
        **{name: given[name] if name in given else sections[name] for name in policy.parameters}
    )


def _items(value: Value) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)
