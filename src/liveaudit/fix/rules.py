"""Fixes that nobody asks for: by rules that name policies and scope, within their hour, each finding once.

A rule that only shows (a dry run, as every rule is until it says otherwise) puts down what it would have run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import structlog

from liveaudit.fix.plan import Known, NoFindingError, Plan, plan_of
from liveaudit.fix.row import UnfixableError
from liveaudit.fix.run import Fixer, fixing_of
from liveaudit.model import LiveauditError
from liveaudit.policies.scope import Scope
from liveaudit.store import codec, fixes
from liveaudit.store.audit_log import Entry
from liveaudit.store.fixes import Fixing, FixRefusedError, State

log = structlog.get_logger(__name__)
AT_ONCE = 50
"""Findings that one look takes up for a rule."""
SKIPPED_FOR = 600.0
"""Seconds after which a finding that could not be mended, or lay out of the scope, is looked at again."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FixRule:
    """Which findings are mended. ``scope``: names policies, and where; ``per_hour``: so many at most."""

    scope: Scope
    dry_run: bool = True
    per_hour: int = 5

    @property
    def id(self) -> str:
        """Another when it says something else: what a dry run has shown is then looked at anew."""
        return codec.digest(codec.dump([self.scope.plain(), self.dry_run]))[:12]

    @property
    def name(self) -> str:
        """Who it is, in lists and in the audit log."""
        return f"rule {self.id}"


@dataclass(slots=True)
class Mender:
    """Carries rules out, look by look. ``clock``: Unix seconds."""

    fixer: Fixer
    known: Known
    rules: Sequence[FixRule]
    clock: Callable[[], float]
    _skipped: dict[tuple[str, str, float], float] = field(default_factory=dict)

    async def step(self) -> list[Fixing]:
        """One look, for every rule. Gives what was run, or put down."""
        return [each for rule in self.rules for each in await self._carry_out(rule)]

    async def _carry_out(self, rule: FixRule) -> list[Fixing]:
        now = self.clock()
        self._skipped = {seen: until for seen, until in self._skipped.items() if until > now}
        wanted = fixes.Untried(rule.scope.policies, rule.scope.accounts, rule.scope.regions, rule.id)
        # what lies out of the scope is not asked for again and again
        found = await self.fixer.database.read(
            partial(fixes.untried, wanted=wanted, now=now, limit=AT_ONCE + len(self._skipped))
        )
        done = []
        for finding_id, opened_at in found:
            seen = (rule.id, finding_id, opened_at)
            if seen in self._skipped:
                continue
            try:
                made = await self._one(rule, finding_id)
            except FixRefusedError as error:
                log.info("not mended by a rule for now", finding=finding_id, reason=str(error))
                break
            if made is None:
                self._skipped[seen] = self.clock() + SKIPPED_FOR
            else:
                done.append(made)
        return done

    async def _one(self, rule: FixRule, finding_id: str) -> Fixing | None:
        """What came of one finding; None: the rule is not about it. Raises FixRefusedError where later it may be run."""
        try:
            plan = await self.fixer.database.read(
                partial(plan_of, finding_id=finding_id, known=self.known, now=self.clock())
            )
        except (UnfixableError, NoFindingError) as error:
            log.info("not mended by a rule", finding=finding_id, reason=str(error))
            return None
        if plan.why_not or not rule.scope.holds(plan.subject):
            return None
        entry = Entry(rule.name, "fix.run", finding_id, "\n".join(plan.commands), way="rule")
        if rule.dry_run:
            shown = replace(entry, action="fix.dry-run")
            return await self._put_down(rule, plan, State.DRY, "", shown)
        try:
            ended = await _to_its_end(self.fixer.run(plan, entry, rule=rule.id, of_rule=rule.per_hour))
        except FixRefusedError as error:
            if error.passing:
                raise
            refused = replace(entry, action="fix.refused", detail=str(error))
            return await self._put_down(rule, plan, State.REFUSED, str(error), refused)
        return await self.fixer.settle(ended)

    async def _put_down(self, rule: FixRule, plan: Plan, state: State, why: str, entry: Entry) -> Fixing:
        fixing = replace(fixing_of(plan, self.fixer.new_id(), rule.name, rule.id), state=state, message=why)
        await self.fixer.database.write(partial(fixes.put_down, fixing=fixing, entry=entry, now=self.clock()))
        return fixing


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Wait for ``work``; who is cancelled meanwhile waits for it all the same: calls are not left half made."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await task
        except LiveauditError as error:
            log.info("a fix ended while stopping", reason=str(error))
        raise
