"""What can be made to go wrong in the lab: late, twice, lost, denied, throttled, slow, regions not enabled.

A ``Knobs`` is shared by the server's threads and by whoever turns it, so every reading and turning is under one lock.
All chance comes from one seeded generator: the same seed gives the same choices for the same sequence of questions.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from liveaudit.model import LiveauditError

ANY = "*"
_KEYS = {
    *("seed", "delay", "duplicate", "lose", "deny", "allow", "throttle", "slow"),
    *("stack_time", "history_delay", "disable_region", "enable_region"),
}


class KnobError(LiveauditError):
    """A knob that does not exist or a setting that it cannot take."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which calls are meant: an account or ``*``, ``service:Operation`` (``*`` for either), a region or ``*``."""

    call: str
    account: str = ANY
    region: str = ANY

    def covers(self, account: str, region: str, service: str, operation: str) -> bool:
        """Whether this call is meant. ``service`` is botocore's name, the IAM prefix works for s3control too."""
        wanted_service, _, wanted_operation = self.call.partition(":")
        services = {service, "s3"} if service == "s3control" else {service}
        return (
            self.account in (ANY, account)
            and self.region in (ANY, region)
            and (wanted_service == ANY or wanted_service in services)
            and wanted_operation in (ANY, operation)
        )


@dataclass(slots=True)
class _Throttle:
    rule: Rule
    times: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one event: the delays in seconds of its copies. None: it is lost."""

    delays: tuple[float, ...]


class Knobs:
    """The settings. A new one does nothing to anybody."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._clear(seed)

    def _clear(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._delay = (0.0, 0.0)
        self._duplicates = 0.0
        self._loss = 0.0
        self._denied: list[Rule] = []
        self._throttles: list[_Throttle] = []
        self._latencies: list[tuple[Rule, float]] = []
        self._stack_time = 0.0
        self._history_delay = 0.0
        self._disabled_regions: set[tuple[str, str]] = set()

    def reset(self, seed: int = 0) -> None:
        """Back to harmless, with the generator seeded anew."""
        with self._lock:
            self._clear(seed)

    def delay(self, shortest: float, longest: float | None = None) -> None:
        """Events come after a time drawn from this range (seconds), and so out of order when it is wide."""
        longest = shortest if longest is None else longest
        if not 0 <= shortest <= longest:
            raise KnobError(f"a delay from {shortest} to {longest} seconds is not a range")
        with self._lock:
            self._delay = (shortest, longest)

    def duplicate(self, probability: float) -> None:
        """An event comes twice with this probability."""
        with self._lock:
            self._duplicates = _probability(probability)

    def lose(self, probability: float) -> None:
        """An event never comes with this probability."""
        with self._lock:
            self._loss = _probability(probability)

    def deny(self, call: str, account: str = ANY, region: str = ANY) -> None:
        """``deny("s3:GetBucketAcl")``: refuse these calls as IAM would."""
        with self._lock:
            self._denied.append(_rule(call, account, region))

    def allow(self, call: str | None = None, account: str = ANY, region: str = ANY) -> None:
        """Take back one ``deny``, or all of them."""
        with self._lock:
            if call is None:
                self._denied.clear()
            else:
                taken_back = _rule(call, account, region)
                self._denied = [rule for rule in self._denied if rule != taken_back]

    def throttle(
        self,
        call: str,
        times: int | None = None,
        probability: float = 1.0,
        account: str = ANY,
        region: str = ANY,
    ) -> None:
        """Refuse these calls with the service's throttling error, ``times`` times (None: for ever)."""
        with self._lock:
            self._throttles.append(_Throttle(_rule(call, account, region), times, _probability(probability)))

    def slow(self, call: str, seconds: float, account: str = ANY, region: str = ANY) -> None:
        """These calls take ``seconds`` longer."""
        if seconds < 0:
            raise KnobError(f"{seconds} seconds cannot be added to a call")
        with self._lock:
            self._latencies.append((_rule(call, account, region), seconds))

    def stack_time(self, seconds: float) -> None:
        """A stack takes this long to be created, updated or deleted, also one that is begun already."""
        if seconds < 0:
            raise KnobError(f"a stack cannot take {seconds} seconds")
        with self._lock:
            self._stack_time = float(seconds)

    def history_delay(self, seconds: float) -> None:
        """CloudTrail's event history tells an event so much later than the bus, also one that was made already."""
        if seconds < 0:
            raise KnobError(f"{seconds} seconds cannot pass before an event is told")
        with self._lock:
            self._history_delay = float(seconds)

    def disable_region(self, region: str, account: str = ANY) -> None:
        """``region`` is not enabled for ``account``: nothing can be called or made there."""
        with self._lock:
            self._disabled_regions.add((account, region))

    def enable_region(self, region: str, account: str = ANY) -> None:
        """Take back a ``disable_region``."""
        with self._lock:
            self._disabled_regions.discard((account, region))

    def fate(self) -> Fate:
        """Draw what becomes of the next event."""
        with self._lock:
            if self._loss and self._random.random() < self._loss:
                return Fate(())
            copies = 2 if self._duplicates and self._random.random() < self._duplicates else 1
            shortest, longest = self._delay
            if longest == 0:
                return Fate((0.0,) * copies)
            return Fate(tuple(self._random.uniform(shortest, longest) for _ in range(copies)))

    def is_denied(self, account: str, region: str, service: str, operation: str) -> bool:
        """Whether this call is to be refused."""
        with self._lock:
            return any(rule.covers(account, region, service, operation) for rule in self._denied)

    def is_throttled(self, account: str, region: str, service: str, operation: str) -> bool:
        """Whether this call is to be throttled. Asking uses up one of the ``times``."""
        with self._lock:
            for throttle in self._throttles:
                if throttle.times == 0 or not throttle.rule.covers(account, region, service, operation):
                    continue
                if throttle.probability < 1 and self._random.random() >= throttle.probability:
                    continue
                if throttle.times is not None:
                    throttle.times -= 1
                return True
            return False

    def latency(self, account: str, region: str, service: str, operation: str) -> float:
        """By how many seconds this call is to be slowed."""
        with self._lock:
            return sum(
                seconds
                for rule, seconds in self._latencies
                if rule.covers(account, region, service, operation)
            )

    @property
    def stack_seconds(self) -> float:
        """How long a stack takes now."""
        with self._lock:
            return self._stack_time

    @property
    def history_seconds(self) -> float:
        """How late the event history is now."""
        with self._lock:
            return self._history_delay

    def is_region_disabled(self, account: str, region: str) -> bool:
        """Whether this region is not enabled for this account."""
        with self._lock:
            return bool(self._disabled_regions & {(account, region), (ANY, region)})

    def turn(self, settings: Mapping[str, Any]) -> None:
        """Apply settings as they come over HTTP, for example ``{"delay": [0, 2], "deny": ["s3:GetBucketAcl"]}``.

        Keys: ``seed`` (resets first), ``delay``, ``duplicate``, ``lose``, ``stack_time``, ``history_delay``; and ``deny``,
        ``allow``, ``throttle``, ``slow``, ``disable_region``, ``enable_region``, which take one or a list of calls (of
        regions), or of objects with this class's parameter names.
        Raises ``KnobError``; settings before the wrong one are then in force.
        """
        unknown = set(settings) - _KEYS
        if unknown:
            raise KnobError(f"no such knob: {', '.join(sorted(unknown))}")
        try:
            if "seed" in settings:
                self.reset(int(settings["seed"]))
            if "delay" in settings:
                value = settings["delay"]
                self.delay(*(value if isinstance(value, list) else [value]))
            if "duplicate" in settings:
                self.duplicate(settings["duplicate"])
            if "lose" in settings:
                self.lose(settings["lose"])
            if "stack_time" in settings:
                self.stack_time(settings["stack_time"])
            if "history_delay" in settings:
                self.history_delay(settings["history_delay"])
            methods: tuple[tuple[str, str, Callable[..., None]], ...] = (
                ("deny", "call", self.deny),
                ("allow", "call", self.allow),
                ("throttle", "call", self.throttle),
                ("slow", "call", self.slow),
                ("disable_region", "region", self.disable_region),
                ("enable_region", "region", self.enable_region),
            )
            for name, parameter, method in methods:
                value = settings.get(name, [])
                for one in value if isinstance(value, list) else [value]:
                    method(**(one if isinstance(one, dict) else {parameter: one}))
        except (TypeError, ValueError) as error:
            raise KnobError(f"a knob cannot be set so: {error}") from error

    def settings(self) -> dict[str, Any]:
        """What is set now, for ``GET /_lab/state``."""
        with self._lock:
            return {
                "delay": list(self._delay),
                "duplicate": self._duplicates,
                "lose": self._loss,
                "deny": [asdict(rule) for rule in self._denied],
                "throttle": [
                    {**asdict(one.rule), "times": one.times, "probability": one.probability}
                    for one in self._throttles
                ],
                "slow": [{**asdict(rule), "seconds": seconds} for rule, seconds in self._latencies],
                "stack_time": self._stack_time,
                "history_delay": self._history_delay,
                "disable_region": [
                    {"account": account, "region": region}
                    for account, region in sorted(self._disabled_regions)
                ],
            }


def _probability(value: float) -> float:
    if not 0 <= value <= 1:
        raise KnobError(f"{value} is not a probability")
    return float(value)


def _rule(call: str, account: str, region: str) -> Rule:
    service, colon, operation = call.partition(":")
    if not (service and colon and operation):
        raise KnobError(f"{call!r} is not service:Operation, for example s3:GetBucketAcl")
    return Rule(call, account, region)
