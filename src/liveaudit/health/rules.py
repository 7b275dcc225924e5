"""What is unhealthy, what is worth a look, and what is not known: decided from figures alone, without I/O or a clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.provision.queue_state import QueueState
from liveaudit.store.health import Figures, Place
from liveaudit.text import duration


class Level(StrEnum):
    """How much a trouble matters. UNKNOWN: whether there is one could not be seen."""

    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Trouble:
    """``rule``: its name; ``where``: account and region, or what it is about; ``text``: what is wrong and what to do."""

    level: Level
    rule: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is wrong. Seconds, but for ``waiting``: messages in a queue."""

    due: float = 300.0
    queued: float = 300.0
    waiting: int = 10_000
    silent: float = 3 * 86_400.0
    throttled: float = 600.0
    unasked: float = 900.0
    untold: float = 60.0


@dataclass(slots=True)
class Seen:
    """All that is judged. ``queues``: the receiver's by region, ``undelivered``: the publishers' by place; None: not asked.

    ``own_policies``: the mistakes in the users' own policies, each with its file. ``enrolled``: the accounts whose events should come; None: not known. ``queue``: the queue's name.
    """

    figures: Figures
    queue: str
    regions: tuple[str, ...] = ()
    enrolled: frozenset[str] | None = None
    queues: Mapping[str, QueueState] | None = None
    undelivered: Mapping[Place, QueueState] | None = None
    problems: tuple[str, ...] = field(default=())
    own_policies: tuple[tuple[str, str], ...] = ()


def troubles(seen: Seen, limits: Limits | None = None) -> list[Trouble]:
    """What is wrong, the worst first."""
    limits = limits or Limits()
    found = [
        *_workers(seen),
        *_due(seen, limits),
        *_queues(seen, limits),
        *_undelivered(seen),
        *_quarantine(seen),
        *_unknown(seen),
        *_asked(seen, limits),
        *_own_policies(seen),
        *_channels(seen, limits),
        *_throttled(seen, limits),
        *_silent(seen, limits),
        *(Trouble(Level.UNKNOWN, "settings", "settings", each) for each in seen.problems),
    ]
    order = list(Level)
    return sorted(found, key=lambda each: order.index(each.level))


def summary(found: Iterable[Trouble]) -> str:
    """One line: healthy or not, and why."""
    by_level: dict[Level, list[Trouble]] = {}
    for each in found:
        by_level.setdefault(each.level, []).append(each)
    worst = by_level.get(Level.UNHEALTHY, [])
    unknown, warnings = by_level.get(Level.UNKNOWN, []), by_level.get(Level.WARNING, [])
    besides = [
        _number(len(unknown), "thing could not be looked at", "things could not be looked at"),
        _number(len(warnings), "warning", "warnings"),
    ]
    told = "".join(f"; {each}" for each in besides if each)
    if worst:
        more = f", and {len(worst) - 1} more" if len(worst) > 1 else ""
        return f"unhealthy: {worst[0].where}: {worst[0].text}{more}{told}"
    return ("healthy, as far as is known" if unknown else "healthy") + told


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _workers(seen: Seen) -> Iterator[Trouble]:
    figures = seen.figures
    alive = [each for each in figures.workers if not each.vanished(figures.at)]
    gone = [each for each in figures.workers if each.vanished(figures.at)]
    for each in gone:
        silent = duration(figures.at - each.seen_at)
        text = (
            f"gave no sign of life for {silent}: it was killed or cut off; what it had in hand is taken over"
        )
        yield Trouble(Level.WARNING, "worker vanished", each.id, text)
    if not alive:
        yield Trouble(
            Level.UNHEALTHY, "no worker", "workers", "none is alive: start one with liveaudit worker"
        )
        return
    polled = {queue for each in alive for queue in each.queues}
    for region in seen.regions:
        if f"{region}/{seen.queue}" not in polled:
            text = "no worker polls this queue: events wait in it; see the workers' logs and settings"
            yield Trouble(Level.UNHEALTHY, "not polled", f"{region}/{seen.queue}", text)


def _due(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    for (account, region), rows in sorted(seen.figures.due.items()):
        age = seen.figures.at - rows.oldest if rows.oldest is not None else 0.0
        if age > limits.due:
            text = f"{rows.late} resources are due, the first for {duration(age)}: start more workers, or see their logs"
            yield Trouble(Level.UNHEALTHY, "due for long", f"{account} {region}", text)


def _queues(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    waited = seen.figures.latencies.by_hop.get("sent-received")
    in_queue = waited.quantile(0.95) if waited is not None else None
    if in_queue is not None and in_queue.least > limits.queued:
        text = f"one in twenty messages of the last hours waited {duration(in_queue.least)} and more: start more workers"
        yield Trouble(Level.UNHEALTHY, "queued for long", seen.queue, text)
    for region, state in sorted((seen.queues or {}).items()):
        where = f"{region}/{seen.queue}"
        if state.reason:
            yield Trouble(Level.UNKNOWN, "queue", where, f"its state is not known: {state.reason}")
            continue
        if not state.exists:
            text = "the queue is not there: make it with liveaudit setup apply"
            yield Trouble(Level.UNHEALTHY, "queue missing", where, text)
        if state.waiting > limits.waiting:
            text = f"{state.waiting} messages wait: start more workers"
            yield Trouble(Level.UNHEALTHY, "many messages", where, text)
        if state.dead_letters:
            text = f"{state.dead_letters} dead letters: look at them in {seen.queue}-dead-letters, then redrive them"
            yield Trouble(Level.UNHEALTHY, "dead letters", where, text)


def _undelivered(seen: Seen) -> Iterator[Trouble]:
    for (account, region), state in sorted((seen.undelivered or {}).items()):
        where = f"{account} {region}"
        if state.reason:
            text = f"what could not be delivered is not known: {state.reason}"
            yield Trouble(Level.UNKNOWN, "undelivered", where, text)
        elif state.dead_letters:
            text = (
                f"{state.dead_letters} events could not be delivered: see why with liveaudit setup verify, then sweep "
                "the account"
            )
            yield Trouble(Level.UNHEALTHY, "undelivered", where, text)


def _quarantine(seen: Seen) -> Iterator[Trouble]:
    for reason, number in sorted(seen.figures.quarantine.items()):
        messages = _number(number, "message", "messages")
        text = f"{messages}: see them with liveaudit quarantine list, then replay or purge them"
        yield Trouble(Level.UNHEALTHY, "quarantine", reason, text)


def _unknown(seen: Seen) -> Iterator[Trouble]:
    by_account: dict[tuple[str, str], int] = {}
    for (account, _, kind), number in seen.figures.unknown.items():
        by_account[account, kind] = by_account.get((account, kind), 0) + number
    for (account, kind), number in sorted(by_account.items()):
        text = f"{_number(number, 'verdict is', 'verdicts are')} UNKNOWN ({kind})"
        yield Trouble(Level.WARNING, "unknown verdicts", account, text)


def _asked(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    for policy, each in seen.figures.asked.items():
        if each.silent:
            yield Trouble(Level.UNHEALTHY, "policy not answered", policy, each.trouble)
        elif each.trouble:
            yield Trouble(Level.WARNING, "policy partly answered", policy, each.trouble)
        elif each.oldest is not None and seen.figures.at - each.oldest > limits.unasked:
            text = (
                f"{_number(each.waiting, 'question waits', 'questions wait')} for an answer, the first for "
                f"{duration(seen.figures.at - each.oldest)}: see the workers' logs, or let it be asked more at once"
            )
            yield Trouble(Level.WARNING, "questions wait", policy, text)


def _own_policies(seen: Seen) -> Iterator[Trouble]:
    for file, mistake in seen.own_policies:
        text = (
            f"a mistake: {mistake}; its policies judge as before, or are UNKNOWN. See liveaudit policies test"
        )
        yield Trouble(Level.UNHEALTHY, "own policies", file, text)


def _channels(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    for name, each in sorted(seen.figures.channels.items()):
        since = each.failing_since
        if since is not None and seen.figures.at - since > limits.untold:
            waiting = _number(each.waiting, "message waits", "messages wait") or "nothing waits"
            told = duration(seen.figures.at - since)
            text = f"could not be told for {told}, {waiting}: {each.reason}; try it with liveaudit channels test {name}"
            yield Trouble(Level.UNHEALTHY, "channel failing", name, text)
        if each.given_up:
            number = _number(each.given_up, "message was", "messages were")
            text = f"{number} given up: see liveaudit channels given-up, and resend"
            yield Trouble(Level.WARNING, "given up", name, text)


def _throttled(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    for each in seen.figures.throttled:
        ago = seen.figures.at - each.last
        if ago <= limits.throttled:
            text = f"AWS throttled {each.client} {duration(max(0.0, ago))} ago: fewer calls are made until it does not"
            yield Trouble(Level.WARNING, "throttled", f"{each.account} {each.region}", text)


def _silent(seen: Seen, limits: Limits) -> Iterator[Trouble]:
    newest: dict[str, float] = {}
    for each in seen.figures.last:
        newest[each.account] = max(each.taken_at, newest.get(each.account, 0.0))
    accounts = newest.keys() if seen.enrolled is None else seen.enrolled
    for account in sorted(accounts):
        last = newest.get(account)
        if last is None:
            text = "no event has come yet: prove its way here with liveaudit setup verify"
        elif seen.figures.at - last > limits.silent:
            text = f"no event for {duration(seen.figures.at - last)}: prove its way here with liveaudit setup verify"
        else:
            continue
        yield Trouble(Level.WARNING, "silent", account, text)
