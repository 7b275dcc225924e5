"""Changed, new and removed policies: what they say of everything is brought up to date, from what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection

from liveaudit.audit.fingerprints import fingerprint
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.store import rejudging
from liveaudit.store.database import Database
from liveaudit.store.rejudging import Begun, Changed, Named

log = structlog.get_logger(__name__)
BATCH = 256
"""Resources that are made due in one transaction."""
MOST_WAITING = 2048
"""No more are made due while so many wait."""


@dataclass(slots=True)
class Rejudger:
    """Compares the policies with those that were judged. ``context`` gives what policies may know, ``clock`` the time."""

    database: Database
    policies: PolicyRegistry
    context: Callable[[], Context]
    clock: Callable[[], float]
    _noted: dict[Named, str] = field(default_factory=dict)

    async def step(self) -> int:
        """Begin what has to be judged anew, and make some of it due. Returns how many resources were made due."""
        prints = self.fingerprints(self.policies.all())
        if prints != self._noted:
            changed, begun = await self.database.write(
                lambda connection: _note(connection, self.policies, prints)
            )
            self._noted = prints
            if begun.resources:
                log.info(
                    "judged anew",
                    resources=begun.resources,
                    changed=len(changed.changed),
                    removed=sorted({policy for _, policy in changed.removed}),
                )
        return await self.make_due()

    async def make_due(self) -> int:
        """Make some of what is to be judged anew due. Returns how many resources."""
        made = 0
        while await self.database.read(rejudging.waiting) < MOST_WAITING:
            now = self.clock()
            batch = await self.database.write(
                lambda connection, now=now: rejudging.make_batch_due(connection, now, size=BATCH)  # type: ignore[misc]
            )
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
            return rejudging.begin(connection, _sections(self.policies, wanted))

        return await self.database.write(write)

    def fingerprints(self, policies: Iterable[Policy]) -> dict[Named, str]:
        """The policies as they are, by type and id."""
        context = self.context()
        return {(each.type, each.id): fingerprint(each, context) for each in policies}


class NoCalls:
    """In the place of AWS: nothing is asked."""

    async def call(self, *given: Any, **_options: Any) -> Mapping[str, Any]:
        """See Caller. Raises AwsCallError."""
        raise AwsCallError(Kind.UNSUPPORTED, "NotAsked", "only what is stored is judged", str(given[3]))


def _note(
    connection: Connection, policies: PolicyRegistry, prints: dict[Named, str]
) -> tuple[Changed, Begun]:
    changed = rejudging.note_policies(connection, prints)
    return changed, rejudging.begin(connection, _sections(policies, changed))


def _sections(policies: PolicyRegistry, changed: Changed) -> dict[str, set[str]]:
    """What the changed policies read, by type; where one is no more: nothing, which stands for all."""
    found: dict[str, set[str]] = {}
    for type_name, policy_id in changed.changed:
        policy = policies.get(policy_id, type_name)
        if policy is not None:
            found.setdefault(type_name, set()).update(policy.sections)
    return {**found, **{type_name: set() for type_name, _ in changed.removed}}
