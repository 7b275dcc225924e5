"""The processes of a measurement: the server, workers as anybody starts them, and what they have used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.load.answers import ACCOUNT, REGION, mark
from liveaudit.settings import AMBIENT
from liveaudit.store import schema, work
from liveaudit.store.database import Database

_TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0
"""Seconds that a measurement may take."""


class BenchError(Exception):
    """The measurement could not be made."""


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_of(pid: int, what: str = "VmHWM") -> float:
    """Megabytes of memory of a process: ``VmHWM`` at most so far, ``VmRSS`` now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise BenchError(f"process {pid} tells no {what}")


@dataclass
class Site:
    """A running server, and how it is driven. ``environment``: what points AWS's clients at it."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of whoever is to call it."""
        keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
        places = {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        more = {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "*", "no_proxy": "*"}
        return {**os.environ, **keys, **places, **files, **more}

    def control(self, what: str, given: object = None) -> dict[str, Any]:
        """Drive the server: see there."""
        data = json.dumps(given or {}).encode()
        with urllib.request.urlopen(f"{self.url}/_control/{what}", data, timeout=10) as answer:  # noqa: S310 - loopback
            found: dict[str, Any] = json.load(answer)
            return found

    def arrive(self, kinds: Sequence[str], number: int, tag: str, rate: float = 0.0) -> None:
        """Let messages arrive."""
        self.control("arrivals", {"kinds": list(kinds), "number": number, "rate": rate, "tag": tag})


@contextmanager
def site() -> Iterator[Site]:
    """A server for as long as this lasts."""
    command = [sys.executable, "-m", "benchmarks.load.server"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or not (line := process.stdout.readline()):
            raise BenchError("the server does not start")
        yield Site(process, int(line))
    finally:
        process.kill()
        process.communicate()


@dataclass
class Workers:
    """Workers on one store, each a ``liveaudit worker``."""

    site: Site
    database: Database
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def cpu(self) -> float:
        """Seconds of CPU of all of them."""
        return sum(cpu_of(each.pid) for each in self.processes)

    def finish(self, tag: str, number: int) -> float:
        """Wait until every event with this tag is audited; the time of the last audit (Unix seconds)."""
        like = schema.resources.c.rid.like(f"%-{mark(tag)}%")
        done = select(func.count(), func.max(schema.resources.c.audited_at)).where(
            like, schema.resources.c.audited_at.is_not(None)
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for each in self.processes:
                if each.poll() is not None:
                    raise BenchError(f"a worker has ended with {each.returncode}")
            left = self.database.read_now(work.pending) or self.site.control("state")["to come"]
            if not left:
                count, last = self.database.read_now(lambda connection: connection.execute(done).one())
                if count >= number:
                    return float(last)
            time.sleep(0.2)
        raise BenchError(f"not done within {PATIENCE:.0f} s; unknown calls: {self.unknown_calls()}")

    def unknown_calls(self) -> list[str]:
        """Calls that the server has no answer to: those would be missing in the figures."""
        return [each for each in self.site.control("state")["calls"] if "?" in each]


def settings_of(store: str) -> dict[str, Any]:
    """A settings file's content. Nothing is swept beside what is measured."""
    return {
        "receiver": ACCOUNT,
        "accounts": [{"id": ACCOUNT, "role_arn": AMBIENT}],
        "regions": [REGION],
        "queue": "bench",
        "store": store,
        "sweep": {"every": "never"},
    }


@contextmanager
def working(running: Site, store: str, number: int = 1) -> Iterator[Workers]:
    """Warm workers on this store for as long as this lasts."""
    with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as folder:
        settings = Path(folder) / "liveaudit.yaml"
        given = settings_of(store)
        settings.write_text(json.dumps(given), encoding="utf-8")
        database = Database(store)
        command = [sys.executable, "-m", "liveaudit.cli.main", "worker", "--settings", str(settings)]
        workers = Workers(running, database)
        with (Path(folder) / "log").open("wb") as log:
            try:
                for _ in range(number):
                    workers.processes.append(
                        subprocess.Popen(command, env=running.environment, stdout=log, stderr=log)
                    )
                for batch in range(2):
                    tag = f"warm{batch}x{time.time_ns() % 10**9}"
                    running.arrive(("bucket", "new bucket", "group", "role"), 40 * number, tag)
                    workers.finish(tag, 40 * number)
                yield workers
            except BenchError as error:
                raise BenchError(f"{error}\n{(Path(folder) / 'log').read_text()[-3000:]}") from error
            finally:
                for each in workers.processes:
                    each.send_signal(signal.SIGTERM)
                for each in workers.processes:
                    each.wait(60)
                database.close()
