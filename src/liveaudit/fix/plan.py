"""What would be done about a finding: the calls, what undoes them, and what stands in the way. Made from the store alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.fix.command import command
from liveaudit.fix.row import Fix, Given, Step, UnfixableError
from liveaudit.fix.table import FIXES
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.model import OPEN, FindingStatus, LiveauditError, Resource
from liveaudit.policies.parameters import with_defaults
from liveaudit.policies.policy import Policy, PolicyRegistry
from liveaudit.policies.scope import Subject
from liveaudit.policies.tags import tags_of
from liveaudit.store import codec, resource_pages, rules
from liveaudit.store.findings import get_findings
from liveaudit.store.resource_pages import Listed
from liveaudit.store.snapshots import standing_sections

_READ_IT = "wait for the next sweep of the account, or ask for one in the console"


class NoFindingError(LiveauditError):
    """There is no finding of this id."""


@dataclass(frozen=True, slots=True)
class Known:
    """What plans are made with."""

    catalog: Catalog
    policies: PolicyRegistry


@dataclass(frozen=True, slots=True)
class Plan:
    """``given``: what it is made from. ``why_not``: why it may not be run; empty: it may."""

    finding: Mapping[str, Any]
    resource: Listed
    subject: Subject
    policy: Policy
    fix: Fix
    given: Given
    steps: tuple[Step, ...]
    why_not: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        """The calls as commands of the AWS CLI."""
        return tuple(command(each.call, self.resource.resource) for each in self.steps)

    @property
    def undo_commands(self) -> tuple[str, ...]:
        """What takes them back, the last call's first."""
        return undo_commands(self.steps, self.resource.resource)

    @property
    def not_undone(self) -> tuple[str, ...]:
        """Why some of it cannot be undone, in words."""
        return tuple(dict.fromkeys(each.why_no_undo for each in self.steps if each.undo is None))


def fingerprints(catalog: Catalog, type_name: str, sections: Mapping[str, Any]) -> dict[str, str]:
    """Digests of sections without what changes by itself in them: others when somebody has changed something."""
    known = catalog.types[type_name].sections
    return {
        name: codec.digest(codec.dump(_without(value, known[name].silent)))
        for name, value in sections.items()
        if name in known
    }


def _without(value: Any, keys: Set[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(each, keys) for key, each in value.items() if key not in keys}
    return [_without(each, keys) for each in value] if isinstance(value, list) else value


def undo_commands(steps: Sequence[Step], resource: Resource) -> tuple[str, ...]:
    """The commands that take steps back, the last step's first."""
    return tuple(command(each.undo, resource) for each in reversed(steps) if each.undo is not None)


def plan_of(connection: Connection, finding_id: str, known: Known, now: float) -> Plan:
    """The plan for the finding of this id. Raises NoFindingError, and UnfixableError with the reason."""
    found = get_findings(connection, finding_id)
    key = resource_pages.key_of_finding(connection, finding_id) if len(found) == 1 else None
    listed = resource_pages.get_resource(connection, key) if key is not None else None
    if key is None or listed is None:
        raise NoFindingError(f"no finding {finding_id!r}; see: liveaudit findings list --all")
    finding = found[0]
    if FindingStatus(finding["status"]).is_closed:
        raise UnfixableError(f"the finding is {finding['status']}: there is nothing to mend")
    policy = known.policies.get(finding["policy"], finding["type"])
    fix = FIXES.get((finding["policy"], finding["type"]))
    if policy is None or fix is None:
        raise UnfixableError(
            f"{finding['policy']} has no fix of calls; how it is mended: liveaudit policies show {finding['policy']}"
        )
    sections = stored_sections(connection, key)
    missing = sorted(fix.sections - sections.keys())
    if missing:
        raise UnfixableError(
            f"{', '.join(missing)} of the resource is not stored, so that it could not be undone: {_READ_IT}"
        )
    subject = Subject(listed.resource, listed.arn, tags_of(sections))
    book = rules.read_book(connection, controls_by_policy())
    given = Given(
        listed.resource,
        listed.arn,
        sections,
        {**known.catalog.placeholders(listed.resource), "arn": listed.arn},
        finding["evidence"] or {},
        with_defaults(policy.takes, book.ruling(policy, subject).values),
    )
    steps = tuple(fix.make(given))
    exemption = book.exempting(policy, subject, now)
    why_not = ""
    if exemption is not None:
        why_not = f"the exemption {exemption.id} accepts it ({exemption.reason}): withdraw that first"
    elif finding["status"] not in OPEN:
        why_not = f"the finding is {finding['status']}: reopen it first"
    return Plan(finding, listed, subject, policy, fix, given, steps, why_not)


def stored_sections(connection: Connection, key: int) -> dict[str, Any]:
    """The sections of a resource as they are stored; None for what is not configured, and nothing for what is doubted."""
    standing = standing_sections(connection, [key]).get(key, {})
    return {name: codec.load(each.text) if each.state == "value" else None for name, each in standing.items()}
