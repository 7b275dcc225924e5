"""A process in which a rule runs, seen from outside: started, asked line by line, ended when it is late.

It gets an environment of its own (no credentials, no settings of ours) and a folder to write into that is removed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

import liveaudit
from liveaudit.model import LiveauditError

log = structlog.get_logger(__name__)
_STARTING = 30.0
_LARGEST_ANSWER = 8 * 1024 * 1024
_KEPT_WORDS = 2000
_MAPPED = 512
"""Megabytes of addresses that Python, boto3 and their libraries take without using them."""
_SOURCES = Path(liveaudit.__file__).resolve().parents[1]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from liveaudit.audit.asked.inside.main import main; main()"
)


class SandboxError(LiveauditError):
    """The rule's process could not be started, was late, or ended; the text says which."""


@dataclass(frozen=True, slots=True)
class Code:
    """A rule's code. ``paths``: folders in which it and what it imports are found; ``module`` and ``function``: its handler."""

    paths: tuple[str, ...]
    module: str
    function: str


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds``: for one invocation; ``memory``: megabytes of the process; ``cpu``: its seconds of CPU in all."""

    seconds: float = 60.0
    memory: int = 512
    cpu: int = 600


@dataclass(slots=True)
class Sandbox:
    """One process with one rule loaded, for one region. To be used with ``async with``; nothing of it is left after that."""

    code: Code
    limits: Limits
    region: str
    starting: float = _STARTING
    confined: Mapping[str, bool] = field(init=False, default_factory=dict)
    _process: asyncio.subprocess.Process | None = None
    scratch: str = field(init=False, default="")
    _words: bytearray = field(default_factory=bytearray)
    _listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Sandbox:
        """Start it, and load the rule. Raises SandboxError."""
        self.scratch = tempfile.mkdtemp(prefix="liveaudit-rule-")
        try:
            await self._start()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._end()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", "-c", _START, str(_SOURCES)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
            cwd=self.scratch,
            start_new_session=True,
            limit=_LARGEST_ANSWER,
        )
        self._listener = asyncio.create_task(self._listen())
        told = await self.ask(
            {
                "paths": list(self.code.paths),
                "module": self.code.module,
                "function": self.code.function,
                "readable": [str(_SOURCES / "liveaudit")],
                "scratch": self.scratch,
                "memory": (self.limits.memory + _MAPPED) * 1024 * 1024,
                "cpu": self.limits.cpu,
            },
            self.starting,
        )
        if not told.get("ready"):
            raise SandboxError(str(told.get("error") or "the rule's process did not become ready"))
        self.confined = {"network": bool(told["network"]), "files": bool(told["files"])}
        _tell_once(bool(told["network"]), bool(told["files"]))

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": self.scratch,
            "TMPDIR": self.scratch,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        }

    async def ask(self, line: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """What the process answers. Raises SandboxError; it is of no further use then."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise SandboxError("the rule's process was not started")
        seconds = self.limits.seconds if seconds is None else seconds
        try:
            async with asyncio.timeout(seconds):
                process.stdin.write(json.dumps(line).encode() + b"\n")
                await process.stdin.drain()
                answer = await process.stdout.readline()
        except TimeoutError:
            raise SandboxError(f"the rule did not answer within {seconds:g} seconds") from None
        except (ConnectionError, ValueError) as error:
            raise SandboxError(await self._ended(str(error))) from None
        if not answer.endswith(b"\n"):
            raise SandboxError(await self._ended("it closed its output"))
        try:
            found = json.loads(answer)
        except ValueError:
            raise SandboxError("the rule's process answered what is no JSON") from None
        if not isinstance(found, dict):
            raise SandboxError("the rule's process answered what is no structure")
        return found

    async def _ended(self, otherwise: str) -> str:
        """Why it ended, in words: its last words are the most that is known."""
        process = self._process
        if process is not None:
            # one that will not end is told of by what it said
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 1.0)
        code = process.returncode if process is not None else None
        how = otherwise if code is None else f"its process ended with status {code}"
        if code is not None and (code < 0 or code > 128):
            number = -code if code < 0 else code - 128
            # a status above 128 need not stand for a signal
            with contextlib.suppress(ValueError):
                how = f"its process was ended by {signal.Signals(number).name}"
        last = bytes(self._words).decode("utf-8", "replace").strip().splitlines()
        return f"the rule did not answer: {how}" + (f" ({last[-1][:300]})" if last else "")

    async def _listen(self) -> None:
        """Read what the rule prints, so that it is not held up; only the end of it is kept."""
        stream = self._process.stderr if self._process is not None else None
        while stream is not None and (part := await stream.read(4096)):
            self._words += part
            del self._words[:-_KEPT_WORDS]

    async def _end(self) -> None:
        process = self._process
        if process is not None:
            # the rule may have started others: all of its session are ended, if any still run
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self.scratch, ignore_errors=True)


@lru_cache
def _tell_once(network: bool, files: bool) -> None:
    """Say what the kernel does not give, once a process."""
    if not (network and files):
        log.warning(
            "rules of AWS Config are not wholly shut in: run only those that you would deploy",
            namespaces=network,
            landlock=files,
        )
