"""The lab and the console as programs of their own, as people start them, with the owners of the lab's accounts beside."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

import liveaudit
from liveaudit.demo.owner import RUNNER, make_documents
from liveaudit.lab.accounts import lab_credentials
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import declared
from liveaudit.services import load
from liveaudit.settings import parse

PROGRAM = (sys.executable, "-m", "liveaudit.cli.main")
SOURCE = str(Path(liveaudit.__file__).parents[1])
"""The code that is tested, wherever a program is started."""
PATIENCE = 90.0


class ProgramError(Exception):
    """A program did not do what was awaited."""


@dataclass
class Program:
    """A running program, of which all that it says is kept."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._said = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def until(self, part: str) -> str:
        """The first line that holds this."""
        deadline = time.monotonic() + PATIENCE
        with self._said:
            while True:
                found = [each for each in self.lines if part in each]
                if found:
                    return found[0]
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise ProgramError(f"never said {part!r}: {self.lines[-20:]}")
                self._said.wait(min(left, 1.0))

    def end(self) -> None:
        """End it in order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._listener.join(PATIENCE)
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextmanager
def program(
    *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Program]:
    """``liveaudit`` with these arguments, as long as this lasts."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": SOURCE, **(environment or {})},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Program(process)
    try:
        yield running
    finally:
        running.end()


@dataclass
class Owners:
    """The owners of the lab's accounts. ``environment``: of somebody who runs liveaudit, and may do nothing yet."""

    endpoint: str
    accounts: tuple[str, ...]
    environment: dict[str, str]

    def __post_init__(self) -> None:
        # a client for the same thing is made once
        self.client = lru_cache(maxsize=None)(self._client)

    def _client(self, account: str, service: str, region: str) -> Any:
        credentials = lab_credentials(account)
        return boto3.session.Session().client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            config=Config(proxies={"http": self.endpoint} if service == "s3control" else {}),
        )

    def keep_trails(self, region: str) -> None:
        """Every account has a trail of all regions, without which no change becomes an event."""
        for account in self.accounts:
            self.client(account, "s3", region).create_bucket(Bucket=f"trail-of-{account}")
            trail = self.client(account, "cloudtrail", region)
            trail.create_trail(Name="all", S3BucketName=f"trail-of-{account}", IsMultiRegionTrail=True)
            trail.start_logging(Name="all")

    def hire(self, account: str, region: str) -> None:
        """Make the user that runs liveaudit, who may do nothing as yet; from now on ``environment`` is theirs."""
        iam = self.client(account, "iam", region)
        iam.create_user(UserName=RUNNER)
        key = iam.create_access_key(UserName=RUNNER)["AccessKey"]
        self.environment |= {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def make(self, settings: Mapping[str, Any], installation: Installation | None = None) -> None:
        """Make exactly what the documents for these settings say, and give the user what the runner's part says.

        ``installation``: what the settings come to, where that has to be looked up.
        """
        made = documents(installation or declared(parse(dict(settings))), *load())
        make_documents(self.client, made)
        for each in made.accounts:
            for policy in each.policies:
                if policy.name.startswith(names.RUNNER_POLICY):
                    arn = f"arn:aws:iam::{each.account}:policy/{policy.name}"
                    iam = self.client(each.account, "iam", made.home)
                    iam.attach_user_policy(UserName=RUNNER, PolicyArn=arn)


@contextmanager
def lab_program(accounts: Sequence[str], regions: Sequence[str], *options: str) -> Iterator[Owners]:
    """``liveaudit lab``, and the owners of its accounts."""
    places = [*(f"--account={each}" for each in accounts), *(f"--region={each}" for each in regions)]
    with program("lab", "--port", "0", *places, *options) as running:
        running.until("export no_proxy")
        first = running.lines[: next(n for n, line in enumerate(running.lines) if "no_proxy" in line) + 1]
        environment = {}
        for line in first:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                environment[name] = "".join(shlex.split(value))
        yield Owners(environment["AWS_ENDPOINT_URL"], tuple(accounts), environment)
