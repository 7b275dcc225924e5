"""A store in which findings move, channels that remember what they were told, and a time of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from liveaudit.deliver.channels.interface import Channel, ChannelError, ChannelKind, Message, Sent
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Plan, plan_of
from liveaudit.deliver.routing import Routed, Router
from liveaudit.deliver.sending import Sender
from liveaudit.deliver.telling import Teller
from liveaudit.model import FindingStatus, Resource, failed
from liveaudit.services import load
from liveaudit.store import codec, lifecycle
from liveaudit.store.database import Database
from liveaudit.store.lifecycle import Standing, Story
from liveaudit.store.schema import findings, resources, sections, transitions
from tests.support.telling_settings import settings

NOW = 1_800_000_000.0
"""Friday, 15 January 2027, 08:00 UTC."""
ANN = "arn:aws:sts::222222222222:assumed-role/deploy/ann"
BOB = "arn:aws:sts::222222222222:assumed-role/admin/bob"


@dataclass
class Told:
    """A channel that remembers. ``answers``: what it raises for the next messages, None: it takes them."""

    messages: list[Message] = field(default_factory=list)
    answers: list[ChannelError | Exception | None] = field(default_factory=list)
    name: str = "told"

    async def send(self, message: Message) -> Sent:
        """See Channel."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.messages.append(message)
        return Sent(receipt=f"r-{len(self.messages)}")

    async def aclose(self) -> None:
        """See Channel."""

    @property
    def titles(self) -> list[str]:
        """What it was told, message by message."""
        return [each.title for each in self.messages]


@dataclass
class World:
    """Findings that move, and who is told of it. ``at``: the time; ``receivers``: the channels by name."""

    database: Database
    plan: Plan = field(default_factory=Plan)
    at: float = NOW
    receivers: dict[str, Told] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    _senders: dict[str, Sender] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalog, self.policies = load()
        self.router = Router(self.policies, self.catalog)
        self.teller = Teller(Library(self.policies))

    def use(self, whole: bool = False, most: int = 20, gather: float = 0.0, **given: Any) -> None:
        """From now on these settings count."""

        def build(name: str, _settings: Any) -> Channel:
            return self.receivers.setdefault(name, Told())

        kind = ChannelKind(
            "file", "remembers", build, whole=whole, most=most, gather=lambda _settings: gather
        )
        self.plan = plan_of(settings(**given), kinds=lambda: {"file": kind})
        for name in self.plan.lines:
            self.receivers.setdefault(name, Told())
        self._senders.clear()
        self.route()

    def opens(
        self,
        name: str,
        *,
        by: str = ANN,
        severity: str = "high",
        account: str = "222222222222",
        policy: str = "s3_bucket_public_access",
        tags: Mapping[str, str] | None = None,
        status: FindingStatus = FindingStatus.NEW,
    ) -> str:
        """A finding of this name opens on a bucket of this name; returns its id."""
        found = f"f-{name}"
        resource = Resource("aws", account, "eu-west-1", "AWS::S3::Bucket", name)
        self.write(
            lambda c: self._open(c, found, resource, policy, severity, story(by, self.at), tags, status)
        )
        return found

    def opens_many(self, number: int, severity: str = "high") -> None:
        """So many open by one change, on buckets of this severity's name; straight into the tables, which is quicker."""
        why = story(ANN, self.at)
        told = {"changes": codec.dump(list(why.changes)), "hops": codec.dump(dict(why.hops))}
        place = {"account": "222222222222", "region": "eu-west-1", "type": "AWS::S3::Bucket"}

        def write(connection: Connection) -> None:
            made = [f"{severity}-{each}" for each in range(number)]
            about = {"partition": "aws", "state": "present", "first_seen": self.at, **place}
            opened = {
                "policy": "s3_bucket_public_access",
                "severity": severity,
                "status": "new",
                "reason": "everybody may read it",
                "evidence": "{}",
                "opened_at": self.at,
                "updated_at": self.at,
                "times_opened": 1,
                "opened_by": told["changes"],
                "opened_hops": told["hops"],
                **place,
            }
            move = {"status": "new", "at": self.at, "reason": "everybody may read it", **told}
            connection.execute(
                insert(resources),
                [{"rid": name, "arn": f"arn:aws:s3:::{name}", **about} for name in made],
            )
            rows = select(resources.c.id, resources.c.rid).where(resources.c.rid.startswith(f"{severity}-"))
            names = {row.id: row.rid for row in connection.execute(rows)}
            connection.execute(
                insert(findings),
                [{"id": f"f-{name}", "resource_id": key, **opened} for key, name in names.items()],
            )
            connection.execute(
                insert(transitions), [{"finding_id": f"f-{name}", **move} for name in names.values()]
            )

        self.write(write)

    def moves(self, finding: str, status: FindingStatus, *, by: str = ANN, person: str = "") -> None:
        """It moves to another status, by a change of somebody's or by a person's decision."""

        def move(connection: Connection) -> None:
            row = connection.execute(select(findings).where(findings.c.id == finding)).one()
            lifecycle.move_finding(
                connection,
                Standing(finding, FindingStatus(row.status)),
                status,
                severity=None,
                reason="everybody may read it" if status.is_open else "",
                evidence=None,
                now=self.at,
                story=Story((), {}) if person else story(by, self.at),
                decided_by=person,
            )

        self.write(move)

    def write(self, work: Callable[[Connection], Any]) -> Any:
        """Write, now."""
        return self.database.write_now(work)

    def _open(
        self,
        connection: Connection,
        finding: str,
        resource: Resource,
        policy: str,
        severity: str,
        why: Story,
        tags: Mapping[str, str] | None,
        status: FindingStatus,
    ) -> None:
        key = connection.execute(
            insert(resources)
            .values(
                partition=resource.partition,
                account=resource.account,
                region=resource.region,
                type=resource.type,
                rid=resource.id,
                arn=f"arn:aws:s3:::{resource.id}",
                state="present",
                first_seen=self.at,
            )
            .returning(resources.c.id)
        ).scalar_one()
        if tags:
            pairs = ", ".join(f'{{"Key": "{key}", "Value": "{value}"}}' for key, value in tags.items())
            connection.execute(
                insert(sections).values(
                    resource_id=key,
                    section="tagging",
                    state="value",
                    value=f"[{pairs}]",
                    digest="d",
                    read_order=1,
                    read_at=self.at,
                    read_end=self.at,
                )
            )
        lifecycle.open_finding(
            connection,
            key,
            finding_id=finding,
            resource=resource,
            policy=policy,
            severity=severity,
            verdict=failed("everybody may read it"),
            now=self.at,
            story=why,
            status=status,
        )

    def route(self) -> Routed:
        """What happened is routed, all of it."""
        routed: Routed = self.write(lambda c: self.router.step(c, self.plan, self.at))
        while routed.moves and (more := self.write(lambda c: self.router.step(c, self.plan, self.at))).moves:
            routed = Routed(routed.moves + more.moves, routed.channels | more.channels)
        return routed

    def sender(self, name: str, owner: str = "worker") -> Sender:
        """The one that sends on a channel, for a worker of this name."""
        return Sender(
            self.database,
            lambda: self.at,
            owner,
            self.plan.lines[name],
            self.plan,
            self.teller,
            self.steps.append,
            lambda: 1.0,
        )

    async def tell(self, name: str = "team") -> None:
        """What can be sent on a channel now is sent."""
        sender = self._senders.setdefault(name, self.sender(name))
        while await sender.step() == 0.0:
            pass

    async def passes(self, seconds: float, name: str = "team") -> Told:
        """So much time passes, and then what happened is told. Returns the channel."""
        self.at += seconds
        self.route()
        await self.tell(name)
        return self.receivers[name]


def story(by: str, at: float) -> Story:
    """A change that somebody made."""
    actor = {"arn": by, "type": "AssumedRole", "source_ip": "203.0.113.9", "user_agent": "Terraform/1.9"}
    change = {
        "kind": "event",
        "name": "PutBucketAcl",
        "event_id": f"e-{at}",
        "certain": True,
        "actor": actor,
        "hops": {"event": at - 1},
    }
    return Story((change,), {"event": at - 1, "stored": at})


@contextmanager
def world(url: str, **given: Any) -> Iterator[World]:
    """An empty store with these settings."""
    database = Database(url)
    try:
        made = World(database)
        made.use(**given)
        yield made
    finally:
        database.close()
