"""The set-up of many accounts and regions in the lab: API calls and seconds of each command, beside AWS's defaults.

Every step is the command that a user types, in a process of its own, with the runner's key and the printed documents.
A stack takes ``--stack-seconds`` in the lab; on AWS it takes 20 to 60. AWS's defaults roll out one region after
another and one account at a time: the same command with no operation preferences shows what that costs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from rich.progress import track

from liveaudit.demo.owner import make_account, make_runner
from liveaudit.provision.documents import documents
from liveaudit.provision.resolve import declared
from liveaudit.services import load
from liveaudit.settings import parse

REGIONS = (
    *(
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "sa-east-1",
        "eu-west-1",
        "eu-west-2",
    ),
    *("eu-west-3", "eu-central-1", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
)
"""The seventeen that are enabled in every account of the partition aws."""
_AS_AWS_WOULD = (
    "import sys; from liveaudit.provision import stack_sets; stack_sets.PREFERENCES.clear(); "
    "from liveaudit.cli.main import main; main()"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a command took. ``memory``: its peak in MB."""

    seconds: float
    calls: int
    memory: float


class Bench:
    """A lab in a process of its own, and commands on it."""

    def __init__(self, accounts: int, regions: int, folder: Path) -> None:
        self.accounts = [f"{number:012d}" for number in range(100_000_000_001, 100_000_000_001 + accounts)]
        self.regions = REGIONS[:regions]
        self.settings = folder / "liveaudit.yaml"
        given = {
            "receiver": self.accounts[0],
            "accounts": [{"id": each} for each in self.accounts],
            "regions": list(self.regions),
            "external_id": "benchmark",
            "store": f"sqlite:///{folder}/liveaudit.sqlite3",
        }
        self.settings.write_text(yaml.safe_dump(given), encoding="utf-8")
        self.installation = declared(parse(given))
        command = [sys.executable, "-m", "liveaudit.cli.main", "lab", "--port", "0"]
        for each in self.accounts:
            command += ["--account", each]
        for each in self.regions:
            command += ["--region", each]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.keys: dict[str, dict[str, str]] = {}
        self._read_keys()
        self.endpoint = self.keys[self.accounts[0]]["AWS_ENDPOINT_URL"]

    def _read_keys(self) -> None:
        if self.process.stdout is None:
            raise RuntimeError("the lab has no output")
        account = ""
        for line in self.process.stdout:
            if line.startswith("# account "):
                account = line.split()[2]
                self.keys[account] = {}
            elif line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self.keys[account][name] = value
            if len(self.keys) == len(self.accounts) and "no_proxy" in self.keys[account]:
                return
        raise RuntimeError(f"the lab ended with {self.process.wait()}")

    def control(self, path: str, body: Any = None) -> Any:
        """A call of the lab's own."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}{path}", data)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def own(self) -> dict[str, str]:
        """The owners make the documents. Returns the runner's environment."""
        made = documents(self.installation, *load())
        key = ("", "")
        for each in track(made.accounts, description="the owners make the documents", transient=True):
            iam = self._owner(each.account, "iam")
            make_account(iam, "aws", each)
            self._trail(each.account)
            if each.account == self.accounts[0]:
                key = make_runner(iam, "aws", each)
        environment = {**os.environ, **self.keys[self.accounts[0]]}
        return environment | {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}

    def _owner(self, account: str, service: str) -> Any:
        keys = self.keys[account]
        return boto3.session.Session().client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def _trail(self, account: str) -> None:
        """A trail of all regions that logs: without one, AWS makes no events."""
        bucket = f"trail-{account}"
        self._owner(account, "s3").create_bucket(Bucket=bucket)
        trails = self._owner(account, "cloudtrail")
        trails.create_trail(Name="all", S3BucketName=bucket, IsMultiRegionTrail=True)
        trails.start_logging(Name="all")

    def run(self, environment: Mapping[str, str], *words: str, as_aws_would: bool = False) -> Figure:
        """One command. Raises RuntimeError when it fails."""
        program = ["-c", _AS_AWS_WOULD] if as_aws_would else ["-m", "liveaudit.cli.main"]
        command = [sys.executable, *program, *words, "--settings", str(self.settings), "--json"]
        calls, began = int(self.control("/_lab/state")["calls"]), time.perf_counter()
        ended = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, check=False, timeout=3600
        )
        seconds = time.perf_counter() - began
        if ended.returncode:
            raise RuntimeError(f"{words}: {ended.returncode}: {ended.stdout[-2000:]} {ended.stderr[-2000:]}")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return Figure(seconds, int(self.control("/_lab/state")["calls"]) - calls, memory)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--regions", type=int, default=len(REGIONS))
    parser.add_argument("--stack-seconds", type=float, default=0.05)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as folder:
        bench = Bench(given.accounts, given.regions, Path(folder))
        try:
            _measure(bench, given.stack_seconds)
        finally:
            bench.process.terminate()
            bench.process.wait(20)


def _measure(bench: Bench, stack_seconds: float) -> None:
    environment = bench.own()
    places = len(bench.accounts) * len(bench.regions)
    print(
        f"{len(bench.accounts)} accounts x {len(bench.regions)} regions, {stack_seconds} s a stack in the lab"
    )
    print(f"{'command':34} {'seconds':>8} {'API calls':>10} {'a place':>8}")

    def show(name: str, figure: Figure) -> Figure:
        per_place = figure.calls / places
        print(f"{name:34} {figure.seconds:>8.1f} {figure.calls:>10} {per_place:>8.2f}", flush=True)
        return figure

    bench.control("/_lab/knobs", {"stack_time": stack_seconds})
    show("setup check", bench.run(environment, "setup", "check"))
    show("setup plan, nothing there", bench.run(environment, "setup", "plan"))
    ours = show("setup apply", bench.run(environment, "setup", "apply", "--yes"))
    show("setup apply again, nothing to do", bench.run(environment, "setup", "apply", "--yes"))
    show("setup status", bench.run(environment, "setup", "status"))
    show("setup verify", bench.run(environment, "setup", "verify"))
    last = show("setup destroy", bench.run(environment, "setup", "destroy", "--yes"))
    theirs = show(
        "setup apply, AWS's defaults",
        bench.run(environment, "setup", "apply", "--yes", as_aws_would=True),
    )
    print(
        f"\nparallel to sequential: {theirs.seconds / ours.seconds:.1f} times as fast; "
        f"the stacks alone, one after another: {places * stack_seconds:.0f} s here, "
        f"{places * 30 / 3600:.1f} hours at 30 s each"
    )
    print(
        f"peak memory of a command: {last.memory:.0f} MB; all in the lab on this machine, its own work included"
    )


if __name__ == "__main__":
    main()
