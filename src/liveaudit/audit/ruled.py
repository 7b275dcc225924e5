"""How people have set the policies for one resource, and what they have exempted there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import Policy
from liveaudit.policies.rulebook import Exemption, Rulebook, Ruling, State
from liveaudit.policies.scope import Subject


@dataclass(frozen=True, slots=True)
class Ruled:
    """``rulings``: of every policy that applies to the resource, by id; ``exemptions``: of those whose findings are
    exempted, by policy id."""

    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    exemptions: Mapping[str, Exemption] = field(default_factory=dict)

    def judges(self, policy: Policy) -> bool:
        """Whether the policy judges the resource, be it silently."""
        ruling = self.rulings.get(policy.id)
        return ruling is None or ruling.state != State.DISABLED

    def severity(self, policy: Policy) -> str:
        """How bad the policy's finding is."""
        ruling = self.rulings.get(policy.id)
        return (policy.severity if ruling is None else ruling.severity).value

    def why_silent(self, policy_id: str) -> str:
        """Why a policy that judges the resource opens no findings; empty: it does."""
        ruling = self.rulings.get(policy_id)
        return ruling.reason if ruling is not None and ruling.state == State.STAGED else ""

    def values(self) -> dict[str, Mapping[str, Value]]:
        """What is set of the policies' parameters, by policy id."""
        return {policy_id: each.values for policy_id, each in self.rulings.items() if each.values}


def ruled(book: Rulebook, policies: Iterable[Policy], subject: Subject, now: float) -> Ruled:
    """How these policies judge a resource at this time (Unix seconds)."""
    rulings, exemptions = {}, {}
    for policy in policies:
        if not policy.applies_to(subject.resource.id):
            continue
        rulings[policy.id] = book.ruling(policy, subject)
        exemption = book.exempting(policy, subject, now)
        if exemption is not None:
            exemptions[policy.id] = exemption
    return Ruled(rulings, exemptions)
