"""``liveaudit serve`` as it is started by anybody: without settings, then with them, until it is told to stop."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from liveaudit.lab import Lab
from liveaudit.store.database import sqlite_url
from tests.lab.subscribed import subscribe
from tests.lab.test_equality import ACCOUNT, REGION
from tests.lab.test_several_workers import environment, write_settings

pytestmark = pytest.mark.lab
PATIENCE = 60.0
# by no proxy, whatever the machine has
BROWSER = httpx.Client(trust_env=False)
PROGRAM = [sys.executable, "-m", "liveaudit.cli.main"]


class Served:
    """A console in a process of its own."""

    def __init__(self, file: Path) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0", "--metrics", "0", "--settings", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.url = self.hear("console at ").split()[-1]
        self.metrics = self.hear("metrics at ").split()[-1].removesuffix("/metrics")

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            self._lines.put(line)

    def hear(self, word: str) -> str:
        """The next line that has this in it."""
        try:
            while word not in (line := self._lines.get(timeout=PATIENCE)):
                pass
        except queue.Empty:
            raise AssertionError(f"it never said {word!r}, but: {''.join(self.said)}") from None
        return line

    def stop(self) -> int:
        """As Ctrl-C or a service manager stops it."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """End it whatever it does, and leave nothing open."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()


def token(file: Path) -> str:
    made = subprocess.run(
        [*PROGRAM, "tokens", "create", "tests", "--scope", "read", "--settings", str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.split()[-1]


@contextmanager
def listening(url: str, headers: dict[str, str]) -> Iterator[Iterator[dict[str, Any]]]:
    """What the stream tells of transitions."""
    with BROWSER.stream("GET", f"{url}/api/v1/live", headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        assert next(lines) == "event: hello"
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith('data: {"number'))


@pytest.mark.timeout(240)
def test_from_no_settings_to_a_live_finding(lab: Lab, tmp_path: Path) -> None:
    subscribe(lab, ACCOUNT, REGION)
    file = tmp_path / "liveaudit.yaml"
    with environment(lab):
        served = Served(file)
        try:
            served.hear("no settings yet")
            assert BROWSER.get(f"{served.url}/").status_code == 303
            assert BROWSER.get(f"{served.url}/api/v1/live").status_code == 401
            headers = {"Authorization": f"Bearer {token(file)}"}
            with listening(served.url, headers) as transitions:
                write_settings(tmp_path, sqlite_url(tmp_path / "liveaudit.sqlite3"))
                lab.client(ACCOUNT, "s3", REGION).create_bucket(Bucket="open-bucket")
                for each in transitions:
                    if each["resource"] == "open-bucket" and each["policy"] == "s3_bucket_object_versioning":
                        break
                assert (each["to"], each["account"]) == ("new", ACCOUNT)
                assert each["changes"][0]["name"] == "CreateBucket"
            metrics = BROWSER.get(f"{served.metrics}/metrics").text
            assert f'liveaudit_events_total{{account="{ACCOUNT}",region="{REGION}"}}' in metrics
            assert 'liveaudit_workers{state="alive"} 1.0' in metrics
            assert 'liveaudit_http_requests_total{code="401",kind="api"} 1.0' in metrics
            assert BROWSER.get(f"{served.metrics}/healthz").text == "ok\n"
            code = served.stop()
        finally:
            served.close()
    assert (code, served.said[-1]) == (0, "stopped\n"), "".join(served.said)
