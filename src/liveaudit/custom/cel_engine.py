"""Expressions in CEL checked and evaluated, in a process of their own that can be ended at any time.

The library (cel-expr-python, Google's C++ implementation) ends iterations by a budget, but not what one step takes: a
filter of 9,000 items by membership in 30,000 took it 12 seconds, and texts may double. So it is the kernel that ends an
evaluation, with its process; the next one begins another. An expression that has ended several is not asked again.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liveaudit.model import LiveauditError

CPU = 0.5
"""Seconds of the processor for one resource."""
PATIENCE = 20.0
"""Seconds in which an answer comes, however busy the machine; the processor's share of it is the process's own limit."""
LARGEST = 16 << 20
"""Bytes of a question or an answer."""
STRIKES = 3
"""An expression that has ended so many processes is not asked again."""
_PROGRAM = Path(__file__).with_name("cel_process.py")
_WRONG_TIME = "is no time"
_WHY_ENDED = {
    signal.SIGPROF: "it takes more of the processor than it may",
    signal.SIGABRT: "it takes more memory than it may",
    signal.SIGSEGV: "it takes more memory than it may",
    signal.SIGKILL: "it was ended from outside",
}


class EngineError(LiveauditError):
    """An expression was not evaluated; the text says why."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake in an expression; line and column count from one."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An expression that can be evaluated. ``gives``: the type of its value, ``uses``: the names that stand in it."""

    text: str
    gives: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression came to; ``error``: why it has no value, empty if it has one."""

    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The conditions as far as they were evaluated, and the texts."""

    conditions: tuple[Value, ...]
    texts: tuple[Value, ...]


IsOlder = Callable[[dt.datetime, dt.timedelta], bool]
"""Asks of a time whether it lies longer back."""


@dataclass(slots=True)
class Engine:
    """Holds the process, which begins when it is first needed. From any thread, one after the other. ``cpu``: seconds of the
    processor for each question; ``patience``: seconds in which an answer comes.
    """

    cpu: float = CPU
    patience: float = PATIENCE
    _process: subprocess.Popen[bytes] | None = None
    _strikes: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, expression: str, names: Sequence[str]) -> Checked | tuple[Wrong, ...]:
        """The expression, or everything that is wrong with it. ``names``: those that may stand in it. Raises EngineError."""
        told = self._ask(expression, {"check": expression, "names": list(names)}, _never)
        if "wrong" in told:
            return tuple(Wrong(max(1, line), max(1, column), text) for line, column, text in told["wrong"])
        return Checked(expression, told["gives"], tuple(told["uses"]))

    def evaluate(
        self,
        conditions: Sequence[Checked],
        texts: Sequence[Checked],
        data: Mapping[str, Any],
        is_older: IsOlder,
    ) -> Answer:
        """Conditions up to the first that is not true; texts where the last one is false. Raises EngineError."""
        asked = {
            "conditions": [[each.text, list(each.uses)] for each in conditions],
            "texts": [[each.text, list(each.uses)] for each in texts],
            "data": data,
        }
        told = self._ask("\n".join(each.text for each in (*conditions, *texts)), asked, is_older)
        return Answer(*(tuple(_value(each) for each in told[name]) for name in ("conditions", "texts")))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, about: str, asked: Mapping[str, Any], is_older: IsOlder) -> Any:
        with self._lock:
            if self._strikes.get(about, 0) >= STRIKES:
                raise EngineError(
                    f"it was ended {STRIKES} times for what it takes, and is not asked again until it is changed"
                )
            process = self._begun()
            until = time.monotonic() + self.patience
            try:
                message: Any = asked
                while True:
                    self._send(process, message, until)
                    told = self._receive(process, until)
                    if "ask" not in told:
                        break
                    message = _asked_back(told["ask"], is_older)
            except _EndedError as error:
                self._strikes[about] = self._strikes.get(about, 0) + 1
                raise EngineError(self._why(process, str(error))) from error
            except BaseException:
                # whoever asks next must not get this answer
                self._end()
                raise
            if "memory" in told:
                self._strikes[about] = self._strikes.get(about, 0) + 1
                self._end()
                raise EngineError("it takes more memory than it may")
            return told

    def _why(self, process: subprocess.Popen[bytes], said: str) -> str:
        # one that will not end is ended below
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
        code = process.poll()
        self._end()
        if code is not None and code < 0:
            return _WHY_ENDED.get(
                signal.Signals(-code), f"it ended the process by {signal.Signals(-code).name}"
            )
        return said

    def _begun(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        # nothing of the environment: credentials stand there
        process = subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM), str(self.cpu)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
        self._process = process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        try:
            self._receive(process, time.monotonic() + self.patience)
        except _EndedError as error:
            self._end()
            raise EngineError(
                "the process for expressions does not begin: is cel-expr-python installed?"
            ) from error
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # what was not sent yet goes to nobody
                with contextlib.suppress(OSError):
                    pipe.close()

    def _send(self, process: subprocess.Popen[bytes], message: Any, until: float) -> None:
        data = json.dumps(message).encode()
        if len(data) > LARGEST:
            raise EngineError(f"what it is about has {len(data)} bytes, {LARGEST} are allowed")
        left = memoryview(len(data).to_bytes(4, "big") + data)
        assert process.stdin is not None  # noqa: S101 - for the type checker
        number = process.stdin.fileno()
        while left:
            _wait(number, select.POLLOUT, until)
            try:
                left = left[os.write(number, left[:65536]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _EndedError("the process ended") from error

    def _receive(self, process: subprocess.Popen[bytes], until: float) -> Any:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        number = process.stdout.fileno()
        size = int.from_bytes(_read(number, 4, until), "big")
        if size > LARGEST:
            raise _EndedError("its value is too large")
        return json.loads(_read(number, size, until))


class _EndedError(Exception):
    """No answer comes."""


def _read(number: int, size: int, until: float) -> bytes:
    data = b""
    while len(data) < size:
        _wait(number, select.POLLIN, until)
        try:
            got = os.read(number, size - len(data))
        except BlockingIOError:
            continue
        if not got:
            raise _EndedError("the process ended")
        data += got
    return data


def _wait(number: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(number, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise _EndedError("no answer came in time")


def _never(_when: dt.datetime, _age: dt.timedelta) -> bool:
    return False


def _asked_back(asked: Sequence[Any], is_older: IsOlder) -> Any:
    """The answer to what a process asks of a time."""
    text, days = asked
    try:
        when = dt.datetime.fromisoformat(text)
        return is_older(when if when.tzinfo else when.replace(tzinfo=dt.UTC), dt.timedelta(days=days))
    except (ValueError, OverflowError):
        return _WRONG_TIME


def _value(told: Mapping[str, Any]) -> Value:
    return Value(told.get("value"), told.get("error", ""))


ENGINE = Engine()
"""The one of this process."""
atexit.register(ENGINE.close)
