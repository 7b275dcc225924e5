"""A fix is run: looked at once more, written down, called, audited again; and taken back the same way.

What is changed in AWS stands in the store before it is called, with what takes it back. Nothing is called on what is another
than what was planned on: the sections are read once more just before.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn

import structlog
from sqlalchemy import Connection, select

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.fix.plan import Plan, fingerprints, stored_sections
from liveaudit.fix.row import Call, Step, UnfixableError, step_of
from liveaudit.model import Cause, Outcome, Resource
from liveaudit.store import fixes, work
from liveaudit.store.audit_log import Entry
from liveaudit.store.database import Database
from liveaudit.store.fixes import FIX, UNDO, Fixing, FixRefusedError, Limits, State
from liveaudit.store.schema import READ_ORDER, resources, verdicts

log = structlog.get_logger(__name__)
CAUSE = "fix"
"""The kind of cause under which a resource is audited after a fix."""
LOOKS = (0.0, 3.0, 10.0, 30.0)
"""Seconds before each look at the verdict: AWS shows a change at once, or after some seconds."""
_ASK_EVERY = 0.25
_LONGEST_LOOK = 60.0
"""Seconds for which one audit is waited for."""
_DONE_ALREADY = frozenset({"InvalidPermission.Duplicate"})
"""Errors of an undo that say that it stands as it should: another try, or somebody, was faster."""

Reread = Callable[[Resource, frozenset[str]], Awaitable[Mapping[str, Any]]]
"""Reads sections from AWS now, with the role that audits; None: not configured. Raises FixRefusedError where it cannot."""


@dataclass(slots=True)
class Fixer:
    """Runs fixes. ``caller``: enters the accounts with the role of fixes. ``per_hour``: how many may begin within an hour.

    ``audit``: audits what is due for a cause, given by its id, in this process; without it a worker does.
    ``looks``: see :data:`LOOKS`.
    """

    database: Database
    catalog: Catalog
    caller: Caller
    reread: Reread
    clock: Callable[[], float]
    per_hour: int
    audit: Callable[[str], Awaitable[None]] | None = None
    looks: Sequence[float] = LOOKS
    new_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex)
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def run(self, plan: Plan, entry: Entry, *, rule: str = "", of_rule: int | None = None) -> Fixing:
        """Run a plan for who stands in ``entry``; comes back when its calls are made. Raises FixRefusedError.

        ``rule``: that asks for it, which may begin ``of_rule`` of them within an hour.
        """
        if plan.why_not:
            raise FixRefusedError(plan.why_not)
        fresh = await self._read_again(plan.resource.resource, plan.fix.sections)
        if not _comes_to_the_same(plan, fresh):
            await self._refuse_another(plan.resource.resource, plan.resource.arn)
        wanted = fixing_of(plan, self.new_id(), entry.name, rule)
        wanted = replace(wanted, basis=fingerprints(self.catalog, wanted.resource.type, fresh))
        limits = Limits(self.per_hour, of_rule)
        begun = await self.database.write(
            partial(fixes.begin, wanted=wanted, entry=entry, limits=limits, now=self.clock())
        )
        return await self._carry_out(begun, [each.call for each in plan.steps])

    async def undo(self, fixing: Fixing, entry: Entry, *, anyway: bool = False) -> Fixing:
        """Take a fix back; comes back when its calls are made. ``anyway``: also what was changed since. Raises FixRefusedError."""
        if not fixing.can_be_undone:
            raise FixRefusedError(_why_not_undone(fixing))
        if not anyway:
            if not fixing.after:
                raise FixRefusedError(
                    "how it stood after the fix is not known, so that the undo could overwrite what others changed since: "
                    "look at the resource, then undo it anyway"
                )
            fresh = await self._read_again(fixing.resource, frozenset(fixing.after))
            if fingerprints(self.catalog, fixing.resource.type, fresh) != fixing.after:
                await self._refuse_another(fixing.resource, fixing.arn)
        made = fixing.done if fixing.state is State.DONE else fixing.done + 1
        steps = [step_of(each) for each in fixing.steps][:made]
        back = [Step(each.undo, each.call) for each in reversed(steps) if each.undo is not None]
        wanted = replace(
            fixing,
            id=self.new_id(),
            kind=UNDO,
            by=entry.name,
            rule="",
            steps=[each.plain() for each in back],
            basis=fixing.after or fixing.basis,
            after={},
            done=0,
            message="",
            ended_at=None,
            verdict="",
            reason="",
            other=fixing.id,
        )
        limits = Limits(self.per_hour)
        begun = await self.database.write(
            partial(fixes.begin, wanted=wanted, entry=entry, limits=limits, now=self.clock())
        )
        return await self._carry_out(begun, [each.call for each in back])

    async def _read_again(self, resource: Resource, names: frozenset[str]) -> Mapping[str, Any]:
        found = await self.reread(resource, names)
        missing = sorted(names - found.keys())
        if missing:
            raise FixRefusedError(f"{', '.join(missing)} cannot be read just now: try again", passing=True)
        return {name: found[name] for name in names}

    async def _refuse_another(self, resource: Resource, arn: str) -> NoReturn:
        cause = f"{CAUSE}:{self.new_id()}"
        await self._make_due(resource, arn, cause)
        if self.audit is not None:
            await self.audit(cause)
        raise FixRefusedError(
            "the resource is another by now than what is stored of it: it is read again; look at it anew"
        )

    async def _carry_out(self, begun: Fixing, calls: Sequence[Call]) -> Fixing:
        resource, done, message = begun.resource, 0, ""
        try:
            for call in calls:
                await self._call(resource, call, tolerant=begun.kind == UNDO)
                done += 1
                await self.database.write(
                    partial(fixes.step_done, fix_id=begun.id, done=done, now=self.clock())
                )
        except AwsCallError as error:
            message = str(error)
        state = State.FAILED if message else State.DONE
        ended = replace(begun, done=done, state=state, message=message, ended_at=self.clock())
        await self.database.write(partial(fixes.end, fixing=ended, now=self.clock()))
        log.info("a fix ended", id=begun.id, kind=begun.kind, policy=begun.policy, state=state.value)
        return ended

    async def _call(self, resource: Resource, call: Call, *, tolerant: bool) -> None:
        try:
            await self.caller.call(
                resource.account, resource.call_region, call.client, call.operation, call.params, pages=False
            )
        except AwsCallError as error:
            if not tolerant or error.code not in _DONE_ALREADY:
                raise

    async def settle(self, ended: Fixing) -> Fixing:
        """Have the resource audited again until the policy no longer fails, or it was looked at often enough.

        Of an undo, until it was looked at once. Gives the fix with its verdict; without one where no audit came.
        """
        found = ended
        for number, wait in enumerate(self.looks):
            await self.pause(wait)
            verdict = await self._look(ended, number)
            if verdict is None:
                break
            found = replace(found, verdict=verdict[0], reason=verdict[1])
            if ended.kind == UNDO or found.verdict in (Outcome.PASS, Outcome.NOT_APPLICABLE):
                break
        stored = await self.database.read(partial(stored_sections, key=ended.key))
        standing = fingerprints(self.catalog, ended.resource.type, stored)
        after = {name: standing[name] for name in ended.basis if name in standing}
        await self.database.write(
            partial(fixes.judged, fix_id=ended.id, verdict=found.verdict, reason=found.reason, after=after)
        )
        return replace(found, after=after)

    async def _look(self, ended: Fixing, number: int) -> tuple[str, str] | None:
        """The verdict of an audit that begins now; None where none came."""
        cause = f"{CAUSE}:{ended.id}:{number}"
        mark = await self._make_due(ended.resource, ended.arn, cause)
        if self.audit is not None:
            await self.audit(cause)
        for _ in range(int(_LONGEST_LOOK / _ASK_EVERY)):
            found = await self.database.read(
                partial(_verdict, key=ended.key, policy=ended.policy, after=mark)
            )
            if found is not None:
                return found
            await self.pause(_ASK_EVERY)
        return None

    async def _make_due(self, resource: Resource, arn: str, cause: str) -> int:
        """Have a resource audited. Gives the number below which all readings began before."""

        def write(connection: Connection) -> int:
            mark = work.next_value(connection, READ_ORDER.name)
            work.add_due(connection, [work.Due(resource, arn, Cause(cause, CAUSE))], self.clock())
            return mark

        return await self.database.write(write)


def fixing_of(plan: Plan, fix_id: str, by: str, rule: str = "") -> Fixing:
    """A plan as it is written down."""
    return Fixing(
        id=fix_id,
        kind=FIX,
        finding_id=plan.finding["id"],
        key=plan.resource.key,
        opened_at=plan.finding["opened_at"],
        policy=plan.policy.id,
        resource=plan.resource.resource,
        arn=plan.resource.arn,
        by=by,
        rule=rule,
        steps=[each.plain() for each in plan.steps],
        basis={},
    )


def _why_not_undone(fixing: Fixing) -> str:
    if fixing.kind == UNDO:
        return "it is an undo itself: run the fix again"
    if fixing.other:
        return "it was undone already"
    if fixing.state in (State.REFUSED, State.DRY):
        return "it was not run: there is nothing to undo"
    if fixing.state is State.RUNNING:
        return "it is still being run: wait until it has ended"
    return " ".join(dict.fromkeys(str(each["why_no_undo"]) for each in fixing.steps)) or "nothing was changed"


def _comes_to_the_same(plan: Plan, fresh: Mapping[str, Any]) -> bool:
    """Whether the calls and their undo would be the same, made from what was read just now."""
    try:
        return (
            tuple(plan.fix.make(replace(plan.given, sections={**plan.given.sections, **fresh}))) == plan.steps
        )
    except UnfixableError:
        return False


def _verdict(connection: Connection, key: int, policy: str, after: int) -> tuple[str, str] | None:
    """The policy's verdict, once the resource was read after this number; empty where it gives none any more."""
    state = connection.execute(
        select(resources.c.read_order, resources.c.state).where(resources.c.id == key)
    ).first()
    if state is None or state.read_order <= after:
        return None
    row = connection.execute(
        select(verdicts.c.outcome, verdicts.c.reason).where(
            verdicts.c.resource_id == key, verdicts.c.policy == policy
        )
    ).first()
    return ("", "the resource is gone") if row is None else (row.outcome, row.reason)
