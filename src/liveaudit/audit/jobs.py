"""What a claim asks to be read and judged. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveaudit.audit.reading import Reading, State
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.plan import resting_on, with_bases
from liveaudit.model import Resource
from liveaudit.policies.policy import Policy, PolicyRegistry
from liveaudit.store import codec
from liveaudit.store.clocks import CLOCK
from liveaudit.store.questions import ASK
from liveaudit.store.rejudging import POLICY
from liveaudit.store.standing import Standing, StandingResource
from liveaudit.store.work import Claim

_SWEEPING = ("sweep", "gap")
_JUDGING = (POLICY, CLOCK, ASK)
"""Kinds of causes that tell of no change in AWS."""


@dataclass(slots=True)
class Job:
    """A claim with what it asks for. ``began``, ``order``: when and in which order its reading began.
    ``from_store``: the sections that were not read but taken from the store."""

    claim: Claim
    standing: StandingResource
    policies: tuple[Policy, ...]
    sections: frozenset[str]
    root_first: bool
    began: float
    order: int
    from_store: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def sweeps(self) -> bool:
        """Whether no event has asked for it: what was read for many at once is as good as a read of its own."""
        return all(cause.kind in _SWEEPING for cause in self.claim.causes)

    @property
    def judges_anew(self) -> bool:
        """Whether nothing tells of a change in AWS: what is stored is judged."""
        causes = self.claim.causes
        return bool(causes) and self.standing.state == "present" and all(c.kind in _JUDGING for c in causes)

    def stored(self, younger_than: float) -> dict[str, Reading]:
        """The standing sections, as readings. Of those whose clock rings: what was read after ``younger_than``."""
        timed = frozenset[str]().union(
            *(cause.sections for cause in self.claim.causes if cause.kind == CLOCK)
        )
        return {
            name: Reading(State(each.state), codec.load(each.text), order=each.order, began=each.read_at)
            for name, each in self.standing.sections.items()
            if name not in timed or each.read_at >= younger_than
        }

    def called(self, catalog: Catalog) -> frozenset[str]:
        """Its sections that are read by calls of their own."""
        resource_type = catalog.types[self.claim.resource.type]
        needed = with_bases(resource_type, self.sections)
        return frozenset(name for name in needed if resource_type.sections[name].call is not None)


def job_of(
    catalog: Catalog,
    policies: PolicyRegistry,
    claim: Claim,
    sections: Mapping[str, Standing],
    *,
    began: float = 0.0,
    order: int = 0,
    besides: frozenset[str] = frozenset(),
) -> Job:
    """What a claim asks for. ``sections``: as they stand; ``besides``: those that are wanted though no policy reads them."""
    resource = claim.resource
    standing = replace(claim.standing, sections=sections)
    touched = frozenset[str]().union(*(cause.sections for cause in claim.causes))
    was_gone = standing.state == "gone"
    everything = was_gone or any(not cause.sections for cause in claim.causes)
    chosen, needed = wanted(catalog, policies, resource, None if everything else touched, besides)
    doubtful = {Effect.DELETE, Effect.CREATE} if claim.looks else {Effect.DELETE}
    may_be_gone = was_gone or any(cause.effect in doubtful for cause in claim.causes)
    return Job(claim, standing, chosen, needed, may_be_gone, began, order)


def wanted(
    catalog: Catalog,
    policies: PolicyRegistry,
    resource: Resource,
    touched: frozenset[str] | None,
    besides: frozenset[str] = frozenset(),
) -> tuple[tuple[Policy, ...], frozenset[str]]:
    """The policies to run, and the sections they read, when ``touched`` sections (None: all) may have changed.

    Who touches the root may have touched everything. Sections on which other types stand are read though no policy of their own type asks for them; so are those ``besides``.
    """
    resource_type = catalog.types[resource.type]
    if touched is not None and resource_type.root in touched:
        touched = None
    if touched is not None:
        touched = resting_on(resource_type, touched)
    chosen = tuple(
        policy
        for policy in policies.of(resource.type)
        if policy.applies_to(resource.id) and (touched is None or policy.sections & touched)
    )
    stood_on = {section for section, _, _ in catalog.dependents(resource.type)} | besides
    needed = {section for policy in chosen for section in policy.sections}
    needed |= stood_on if touched is None else stood_on & touched
    if touched is None:
        needed.add(resource_type.root)
    return chosen, frozenset(needed)
