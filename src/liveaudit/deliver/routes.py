"""Who is told of what: routes, in their order, held against what happened to a finding. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.interface import Kind
from liveaudit.deliver.times import seconds
from liveaudit.model import FindingStatus, Resource
from liveaudit.policies.scope import Controls, Scope, Subject, matches, scope_of
from liveaudit.settings.shape_of_routes import RouteSettings

PATIENCE = 6
"""How many times ``wait`` is waited in all while more and more comes."""
MOST_AGAIN = 12
_ENVIRONMENT, _OWNER = ("environment", "env"), ("owner",)
_CLOSED = (FindingStatus.RESOLVED, FindingStatus.ARCHIVED)
_ACCEPTED = (FindingStatus.SUPPRESSED.value, FindingStatus.FALSE_POSITIVE.value)


@dataclass(frozen=True, slots=True)
class Case:
    """What happened to a finding, with what routes ask of it. ``service``: of its policy. ``move``: the transition's number.

    ``cause``: equal for what one change has caused.
    """

    finding: str
    policy: str
    service: str
    severity: str
    owner: str
    subject: Subject
    kind: Kind
    move: int
    at: float
    cause: str


@dataclass(frozen=True, slots=True)
class Route:
    """Which findings are told where. ``again``: seconds until one that is overdue is told once more, 0: never. ``id``: of one
    that was set in the console; empty: it stands in the settings file.
    """

    name: str
    scope: Scope = field(default_factory=Scope)
    owners: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()
    wait: float = 0.0
    digest: str = ""
    overdue: tuple[str, ...] = ()
    again: float = 0.0
    stop: bool = False
    id: str = ""

    @property
    def source(self) -> str:
        """``file`` or ``console``."""
        return "console" if self.id else "file"

    @property
    def asks_for_tags(self) -> bool:
        """Whether the tags of resources have to be known for it."""
        return bool(self.scope.tags or self.owners or self.environments)

    def why_not(self, case: Case, controls: Callable[[], Controls]) -> str:
        """What of the finding does not fit, in words; empty: it fits. ``controls``: asked where frameworks matter."""
        return next(self._misfits(case, controls), "")

    def _misfits(self, case: Case, controls: Callable[[], Controls]) -> Iterator[str]:
        scope, resource = self.scope, case.subject.resource
        if scope.policies and not any(matches(each, case.policy) for each in scope.policies):
            yield f"its policy is {case.policy}"
        if scope.services and case.service not in scope.services:
            yield f"its service is {case.service or 'not known'}"
        if scope.severities and case.severity not in scope.severities:
            yield f"it is {case.severity}"
        if scope.frameworks and not any(each in controls().get(case.policy, {}) for each in scope.frameworks):
            yield f"none of these frameworks asks for it: {', '.join(scope.frameworks)}"
        if scope.accounts and resource.account not in scope.accounts:
            yield f"its account is {resource.account}"
        if scope.regions and resource.region not in scope.regions:
            yield f"its region is {resource.region}"
        if not Scope(resources=scope.resources).holds(case.subject):
            yield "its resource is none of these"
        if not Scope(tags=scope.tags).holds(case.subject):
            yield f"its resource does not bear the tags {', '.join(scope.tags)}"
        if self.owners and not _any(self.owners, case.owner, *tagged(case.subject.tags, _OWNER)):
            yield f"its owner is {case.owner or 'nobody'}"
        environments = tagged(case.subject.tags, _ENVIRONMENT)
        if self.environments and not _any(self.environments, *environments):
            yield f"its environment is {environments[0] if environments else 'not known'}"


def tagged(tags: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    """The values of the tags of these names, in whatever case they are written."""
    return [str(value) for key, value in tags.items() if key.lower() in names]


def _any(patterns: tuple[str, ...], *given: str) -> bool:
    return any(matches(pattern, each) for pattern in patterns for each in given if each)


def route_from(given: RouteSettings, number: int) -> Route:
    """A route as it stands in a settings file, the ``number``-th there."""
    overdue = given.overdue or None
    return Route(
        name=given.name or f"routes[{number}]",
        scope=scope_of({name: getattr(given, name) for name in given.__struct_fields__}),
        owners=given.owners,
        environments=given.environments,
        moves=given.moves,
        tell=given.tell,
        wait=seconds(given.wait),
        digest=given.digest,
        overdue=overdue.tell if overdue else (),
        again=seconds(overdue.again) if overdue else 0.0,
        stop=given.stop,
    )


def kind_of(previous: str | None, status: str) -> Kind:
    """What a transition is called when it is told. Between open and accepted people moved it, so that it is CHANGED."""
    if status == FindingStatus.NEW:
        return Kind.OPENED if previous is None else Kind.CHANGED
    if status == FindingStatus.REOPENED:
        return Kind.CHANGED if previous == FindingStatus.IN_REVIEW else Kind.REOPENED
    if status in _CLOSED:
        # nobody waits for the end of what was accepted
        if previous in _ACCEPTED:
            return Kind.CHANGED
        return Kind.RESOLVED if status == FindingStatus.RESOLVED else Kind.ARCHIVED
    return Kind.CHANGED


def case_of(move: Mapping[str, Any], service: str, tags: Mapping[str, str], cause: str, kind: Kind) -> Case:
    """A case of a finding as the store tells it, with its move."""
    parts = str(move["arn"]).split(":", 2)
    return Case(
        finding=move["id"],
        policy=move["policy"],
        service=service,
        severity=move["severity"],
        owner=move["owner"],
        subject=Subject(
            Resource(
                parts[1] if len(parts) == 3 else "aws",
                move["account"],
                move["region"],
                move["type"],
                move["resource"],
            ),
            move["arn"],
            tags,
        ),
        kind=kind,
        move=int(move.get("number", 0)),
        at=float(move.get("at", move["opened_at"])),
        cause=cause,
    )
