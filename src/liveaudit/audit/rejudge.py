"""Changed, new and removed policies, and what people set of them and exempt: what that comes to is brought up to date,
from what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from liveaudit.audit.declared import Declared
from liveaudit.audit.fingerprints import fingerprint
from liveaudit.audit.rules import Rules
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.policies.scope import ID_ALONE
from liveaudit.policies.tags import tag_sections
from liveaudit.store import codec, rejudging
from liveaudit.store.database import Database
from liveaudit.store.exempted import decided_policies
from liveaudit.store.life import by_exemption
from liveaudit.store.rejudging import Begun, Changed, Named, Narrowed, as_like
from liveaudit.store.rules import Unapplied, apply, unapplied

log = structlog.get_logger(__name__)
BATCH = 256
"""Resources that are made due in one transaction."""
MOST_WAITING = 2048
"""No more are made due while so many wait."""


@dataclass(slots=True)
class Rejudger:
    """Compares the policies with those that were judged. ``context`` gives what policies may know, ``clock`` the time.

    ``declared``: keeps in the store what a settings file says of them; ``follow``: takes in the users' own policies as they
    stand now.
    """

    database: Database
    policies: PolicyRegistry
    context: Callable[[], Context]
    clock: Callable[[], float]
    catalog: Catalog
    declared: Declared | None = None
    follow: Callable[[], object] = lambda: None
    _noted: dict[Named, str] = field(default_factory=dict)
    rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        self.rules = Rules(self.database)

    async def step(self) -> int:
        """Begin what has to be judged anew, and make some of it due. Returns how many resources were made due."""
        if self.declared is not None:
            await self.declared.step()
        await asyncio.to_thread(self.follow)
        await self.rules.refresh()
        prints = self.fingerprints(self.policies.all())
        if prints != self._noted:
            changed, begun = await self.database.write(lambda connection: self._note(connection, prints))
            self._noted = prints
            if begun.resources:
                log.info(
                    "judged anew",
                    resources=begun.resources,
                    changed=len(changed.changed),
                    removed=sorted({policy for _, policy in changed.removed}),
                )
        await self._exempt()
        return await self.make_due()

    async def _exempt(self) -> None:
        """Hold the findings against exemptions that begin, changed or are over."""
        now = self.clock()
        for each in await self.database.read(lambda connection: unapplied(connection, now)):
            begun = await self.database.write(partial(self._apply, one=each))
            if begun is not None:
                log.info(
                    "exemption applied" if each.after else "exemption over",
                    exemption=each.exemption.id,
                    resources=begun.resources,
                )

    def _apply(self, connection: Connection, one: Unapplied) -> Begun | None:
        if not apply(connection, one):
            return None
        held_by = by_exemption(one.exemption.id)
        concerned = [
            each
            for each in self.policies.all()
            if one.after and one.exemption.concerns(each, self.rules.book.controls)
        ]
        held = {
            policy
            for type_name, policy_id in decided_policies(connection, one.exemption.id)
            if (policy := self.policies.get(policy_id, type_name)) is not None
        }
        scope = one.exemption.scope
        narrowed = Narrowed(
            tuple(sorted({each.id for each in concerned})),
            scope.accounts,
            scope.regions,
            tuple(as_like(each.removeprefix(ID_ALONE)) for each in scope.resources),
            held_by,
        )
        return rejudging.begin(connection, self._reads([*concerned, *held]), narrowed)

    async def make_due(self) -> int:
        """Make some of what is to be judged anew due. Returns how many resources."""
        made = 0
        while await self.database.read(rejudging.waiting) < MOST_WAITING:
            now = self.clock()
            batch = await self.database.write(partial(rejudging.make_batch_due, now=now, size=BATCH))
            if batch is None:
                break
            made += batch
        return made

    async def begin(self, chosen: Iterable[Policy], *, complete: bool) -> Begun:
        """Have these policies judged anew whether they have changed or not.

        ``complete``: they are all there are.
        """
        policies = list(chosen)
        prints = self.fingerprints(policies)

        def write(connection: Connection) -> Begun:
            changed = rejudging.note_policies(connection, prints, complete=complete)
            wanted = Changed(frozenset(prints), changed.removed)
            return rejudging.begin(connection, self._sections(wanted))

        return await self.database.write(write)

    def fingerprints(self, policies: Iterable[Policy]) -> dict[Named, str]:
        """The policies as they are and as they are set, by type and id."""
        context, book = self.context(), self.rules.book
        return {
            (each.type, each.id): codec.digest(f"{plain}:{set_to}")
            if (set_to := book.digest(each))
            else plain
            for each, plain in ((each, fingerprint(each, context)) for each in policies)
        }

    def _note(self, connection: Connection, prints: dict[Named, str]) -> tuple[Changed, Begun]:
        changed = rejudging.note_policies(connection, prints)
        return changed, rejudging.begin(connection, self._sections(changed))

    def _sections(self, changed: Changed) -> dict[str, set[str]]:
        """What the changed policies read, by type; where one is no more: nothing, which stands for all."""
        policies = [
            policy
            for type_name, policy_id in changed.changed
            if (policy := self.policies.get(policy_id, type_name)) is not None
        ]
        return {**self._reads(policies), **{type_name: set() for type_name, _ in changed.removed}}

    def _reads(self, policies: Iterable[Policy]) -> dict[str, set[str]]:
        """The sections of these policies by type, with those of tags where they are asked for."""
        found: dict[str, set[str]] = {}
        for policy in policies:
            reads = found.setdefault(policy.type, set())
            reads |= policy.sections
            if self.rules.book.asks_for_tags(policy) and policy.type in self.catalog.types:
                reads |= tag_sections(self.catalog.types[policy.type])
        return found


class NoCalls:
    """In the place of AWS: nothing is asked."""

    async def call(self, *given: Any, **_options: Any) -> Mapping[str, Any]:
        """See Caller. Raises AwsCallError."""
        raise AwsCallError(Kind.UNSUPPORTED, "NotAsked", "only what is stored is judged", str(given[3]))
