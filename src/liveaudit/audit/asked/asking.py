"""A question made of what is stored, and the audit that its answer is recorded as. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveaudit.audit.jobs import Job
from liveaudit.audit.judging import Judging
from liveaudit.audit.outcome import Audit
from liveaudit.audit.reading import ResourceReading
from liveaudit.audit.reconcile import responsible
from liveaudit.audit.ruled import Ruled
from liveaudit.audit.settled import Settled
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Cause, Verdict
from liveaudit.policies.asking import Question
from liveaudit.policies.parameters import with_defaults
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.policies.rulebook import Rulebook
from liveaudit.policies.tags import tags_of
from liveaudit.store import codec
from liveaudit.store.questions import ASK, Claimed
from liveaudit.store.standing import Standing, StandingResource
from liveaudit.store.work import Claim


@dataclass(frozen=True, slots=True)
class Asked:
    """A claimed question with what is stored. ``question``: what is asked; None: it need not be, as the verdict is
    ``known``, or the policy does not judge the resource any more."""

    claimed: Claimed
    policy: Policy
    job: Job
    reading: ResourceReading | None = None
    ruled: Ruled = field(default_factory=Ruled)
    question: Question | None = None
    known: Verdict | None = None

    def judged_by(
        self,
        catalog: Catalog,
        policies: PolicyRegistry,
        book: Rulebook,
        reading: ResourceReading,
        now: float,
    ) -> Asked:
        """The question, with the sections as they stand and what people have set; none where a section is not known."""
        judging = Judging(catalog, policies, Context(), book, now, _nothing_to_report)
        judged = judging.judge(self.job, reading, [self.policy])
        made = replace(self, reading=reading, ruled=judged.ruled)
        if self.policy.id not in judged.asks:
            return replace(made, known=judged.verdicts.get(self.policy.id))
        sections = {name: reading.sections[name].value for name in sorted(self.policy.sections)}
        values = with_defaults(self.policy.takes, judged.ruled.values().get(self.policy.id, {}))
        changes = responsible(self.claimed.causes, None)
        arn = judged.arn or self.claimed.arn or catalog.arn(self.claimed.resource)
        identity = [self.policy.id, self.policy.version, arn, self.claimed.generation, sections, dict(values)]
        question = Question(
            self.claimed.resource,
            codec.digest(codec.dump(identity)),
            arn,
            tags_of(judging.values(self.job, reading)),
            sections,
            changes[-1] if changes else None,
            values,
        )
        return replace(made, question=question)

    def audit(self, verdict: Verdict | None, hops: Mapping[str, float]) -> Audit:
        """What it comes to."""
        reading = self.reading or ResourceReading(self.claimed.resource)
        claim = replace(self.job.claim, causes=self.claimed.causes)
        verdicts = {} if verdict is None else {self.policy.id: verdict}
        return Audit(
            claim,
            reading,
            verdicts,
            hops,
            order=self.job.order,
            began=self.job.began,
            settled=Settled(reading),
            standing=self.job.standing,
            from_store=self.job.from_store,
            ruled=self.ruled,
        )


def ask_of(
    catalog: Catalog,
    policy: Policy,
    claimed: Claimed,
    sections: Mapping[str, Standing],
    *,
    order: int,
    began: float,
) -> Asked:
    """A claimed question, as a job that is judged on what is stored. ``sections``: as they stand."""
    standing = StandingResource(claimed.state, began, None, sections, claimed.arn)
    claim = Claim(
        claimed.key,
        claimed.resource,
        claimed.generation,
        order,
        claimed.owner,
        claimed.attempts,
        began,
        order,
        (Cause(ASK, ASK),),
        claimed_at=began,
        standing=standing,
    )
    own = catalog.types[claimed.resource.type]
    wanted = policy.sections | {own.root}
    return Asked(claimed, policy, Job(claim, standing, (policy,), wanted, False, began, order))


def _nothing_to_report(_policy: Policy, _reading: ResourceReading, _error: Exception) -> None:
    """A policy that asks has no function of ours that could break."""
