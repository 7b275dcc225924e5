"""What would be done about a finding: the calls, what undoes them, and what stands in the way. Made from the store alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from liveaudit.store import codec, resource_pages, rules
from liveaudit.store.findings import get_findings
from liveaudit.store.resource_pages import Listed
from liveaudit.store.snapshots import standing_sections
from liveaudit.store.standing import Standing

_READ_IT = "wait for the next sweep of the account, or ask for one in the console"


class NoFindingError(LiveauditError):
    """There is no finding of this id."""


@dataclass(frozen=True, slots=True)
class Known:
    """What plans are made with. ``tags_of``: the tags that stand in a resource's sections."""

    catalog: Catalog
    policies: PolicyRegistry
    tags_of: Callable[[Mapping[str, Any]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Plan:
    """``basis``: the digests of the sections that it is made from. ``why_not``: why it may not be run; empty: it may."""

    finding: Mapping[str, Any]
    resource: Listed
    subject: Subject
    policy: Policy
    fix: Fix
    steps: tuple[Step, ...]
    basis: Mapping[str, str]
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
    standing = standing_sections(connection, [key]).get(key, {})
    missing = sorted(fix.sections - standing.keys())
    if missing:
        raise UnfixableError(
            f"{', '.join(missing)} of the resource is not stored, so that it could not be undone: {_READ_IT}"
        )
    sections = {name: _value(each) for name, each in standing.items()}
    subject = Subject(listed.resource, listed.arn, known.tags_of(sections))
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
    basis = {name: standing[name].digest for name in fix.sections}
    return Plan(finding, listed, subject, policy, fix, steps, basis, why_not)


def _value(standing: Standing) -> Any:
    return codec.load(standing.text) if standing.state == "value" else None
