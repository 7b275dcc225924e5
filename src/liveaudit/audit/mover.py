"""The findings that an audit opens, moves and closes: what its verdicts come to, in the audit's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.audit.exempt import hold
from liveaudit.audit.narrate import Moved
from liveaudit.audit.outcome import Audit
from liveaudit.audit.reconcile import in_order, late_changes, responsible
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import FindingStatus, Outcome, Verdict, responsible_one
from liveaudit.policies.policy import Policy, PolicyRegistry
from liveaudit.store import lifecycle, verdicts
from liveaudit.store.life import by_exemption, next_status, status_when_gone, status_when_retired
from liveaudit.store.lifecycle import Standing, Story
from liveaudit.store.rejudging import POLICY
from liveaudit.traces.correlation import of_changes


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves findings. ``now``: Unix seconds; ``new_id`` gives a finding's id; ``moved`` gets what was moved."""

    catalog: Catalog
    policies: PolicyRegistry
    now: float
    new_id: Callable[[], str]
    moved: list[Moved]

    def verdicts(self, connection: Connection, audit: Audit, *, alone: bool = False) -> None:
        """Write the verdicts, and move what they are about. ``alone``: nothing is known of the other policies, so what stands by
        them stays.
        """
        claim = audit.claim
        # one that was taken out since it judged says nothing any more
        policies = {
            policy_id: policy
            for policy_id in audit.verdicts
            if (policy := self.policies.get(policy_id, claim.resource.type)) is not None
        }
        verdicts.write_verdicts(
            connection,
            claim.key,
            {policy_id: audit.verdicts[policy_id] for policy_id in policies},
            order=audit.order,
            now=self.now,
            unsettled=None
            if audit.nothing_read
            else {policy_id: self._unsettled(audit, policy_id) for policy_id in policies},
            staged=[each for each in policies if audit.ruled.why_silent(each)],
        )
        standing = lifecycle.standing_findings(connection, claim.key)
        if not alone and any(cause.kind == POLICY for cause in claim.causes):
            self._retire(connection, audit, standing)
        for policy_id, policy in policies.items():
            verdict = audit.verdicts[policy_id]
            found = standing.get(policy_id)
            if silent := audit.ruled.why_silent(policy_id):
                if found is not None:
                    self._close(connection, audit, found, silent)
                continue
            exemption = audit.ruled.exemptions.get(policy_id)
            known = (found.status, found.decided_by) if found else (None, "")
            status = next_status(known[0], verdict.outcome, known[1])
            if status is None:
                if found is not None:
                    self._stays(connection, audit, found, verdict, policy)
                    hold(connection, found, exemption, self.now)
                continue
            exempted = exemption if status.is_open else None
            status = FindingStatus.SUPPRESSED if exempted else status
            decided_by = by_exemption(exempted.id) if exempted else ""
            story = self._story(audit, policy.sections)
            severity = audit.ruled.severity(policy)
            if found is None:
                new = Standing(self.new_id(), status, policy=policy_id, severity=severity)
                self._moved(audit, new, None, status, story)
                lifecycle.open_finding(
                    connection,
                    claim.key,
                    finding_id=new.id,
                    resource=claim.resource,
                    policy=policy_id,
                    severity=severity,
                    verdict=verdict,
                    now=self.now,
                    story=story,
                    status=status,
                    decided_by=decided_by,
                )
            else:
                self._move(
                    connection,
                    audit,
                    found,
                    status,
                    story,
                    severity=severity,
                    reason=verdict.reason,
                    evidence=verdict.evidence,
                    decided_by=decided_by,
                )

    def gone(self, connection: Connection, audit: Audit) -> None:
        """Archive what stands of a resource that is gone."""
        for found in lifecycle.standing_findings(connection, audit.claim.key).values():
            status = status_when_gone(found.status)
            if status is not None:
                story = self._story(audit, None)
                self._move(connection, audit, found, status, story, reason="the resource is gone")

    def _retire(self, connection: Connection, audit: Audit, standing: Mapping[str, Standing]) -> None:
        """What stands by policies that are no more, or that judge this resource no longer, is closed."""
        resource = audit.claim.resource
        here = {each.id: each for each in self.policies.of(resource.type) if each.applies_to(resource.id)}
        valid = {each.id for each in here.values() if audit.ruled.judges(each)}
        verdicts.keep_verdicts_of(connection, audit.claim.key, valid)
        for policy_id in standing.keys() - valid:
            if policy_id in here:
                reason = audit.ruled.rulings[policy_id].reason
            else:
                known = self.policies.get(policy_id, resource.type) is not None
                reason = "the policy does not apply to it any more" if known else "the policy was removed"
            self._close(connection, audit, standing[policy_id], reason)

    def _close(self, connection: Connection, audit: Audit, found: Standing, reason: str) -> None:
        """Archive a finding of a policy that judges no longer, or silently."""
        status = status_when_retired(found.status, found.decided_by)
        if status is not None:
            self._move(connection, audit, found, status, self._story(audit, frozenset()), reason=reason)

    def _stays(
        self,
        connection: Connection,
        audit: Audit,
        found: Standing,
        verdict: Verdict,
        policy: Policy,
    ) -> None:
        """The finding does not move: its evidence is refreshed, and a late event is put to the move it belongs to."""
        if not found.status.is_closed and verdict.outcome == Outcome.FAIL:
            lifecycle.refresh_finding(connection, found.id, verdict, audit.ruled.severity(policy))
        if verdict.outcome == Outcome.UNKNOWN:
            return
        changes = responsible(audit.claim.causes, policy.sections, root=self._root(audit))
        last = lifecycle.last_transition(connection, found.id) if changes else None
        if last is None:
            return
        read_at = float(last.hops.get("read", 0.0))
        late = late_changes(changes, last.changes, read_at=read_at)
        if late:
            told = in_order([*last.changes, *late])
            hops = {**dict(responsible_one(told).get("hops", {})), **_of_the_audit(last.hops)}
            lifecycle.amend_transition(connection, found, last, Story(tuple(told), hops))

    def _move(
        self,
        connection: Connection,
        audit: Audit,
        found: Standing,
        status: FindingStatus,
        story: Story,
        *,
        reason: str,
        severity: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        decided_by: str = "",
    ) -> None:
        self._moved(audit, found, found.status, status, story)
        lifecycle.move_finding(
            connection,
            found,
            status,
            severity=severity,
            reason=reason,
            evidence=evidence,
            now=self.now,
            story=story,
            decided_by=decided_by,
        )

    def _moved(
        self,
        audit: Audit,
        found: Standing,
        previous: FindingStatus | None,
        status: FindingStatus,
        story: Story,
    ) -> None:
        put_down_to = of_changes(story.changes, audit.claim.order)
        self.moved.append(Moved(found.id, found.policy, found.severity, previous, status, put_down_to))

    def _story(self, audit: Audit, sections: frozenset[str] | None) -> Story:
        changes = responsible(audit.claim.causes, sections, root=self._root(audit))
        hops: dict[str, float] = dict(changes[-1].get("hops", {})) if changes else {}
        hops.update(audit.hops)
        hops["stored"] = self.now
        if not changes:
            kinds = sorted({cause.kind for cause in audit.claim.causes})
            changes = [{"kind": kind} for kind in kinds if kind != "event"]
        return Story(tuple(changes), hops)

    def _unsettled(self, audit: Audit, policy_id: str) -> str:
        """Why a verdict may not be the last word yet, if it stands on a section of which that is so."""
        policy = self.policies.get(policy_id, audit.claim.resource.type)
        names = (self._root(audit), *sorted(policy.sections if policy is not None else ()))
        return next((each for name in names if (each := audit.settled.unsettled.get(name))), "")

    def _root(self, audit: Audit) -> str:
        return self.catalog.types[audit.claim.resource.type].root


def _of_the_audit(hops: Mapping[str, float]) -> dict[str, float]:
    return {name: at for name, at in hops.items() if name in ("claimed", "read", "judged", "stored")}
