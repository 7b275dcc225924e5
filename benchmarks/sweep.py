"""A sweep of a large account: calls, time and peak memory, by the command as anybody types it; Prowler beside it.

The lab is filled with as many of each common resource as asked for. The sweep, and Prowler if there is one, run in processes
of their own against it, one after the other, on the same cores as the lab: seconds hold the lab's work too, CPU and memory
are each process's own.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.load.site import BenchError, memory_of
from liveaudit.lab import Lab

ACCOUNT, REGION = "111111111111", "eu-west-1"
COMPARED = ("s3", "ec2", "iam")
HOW = (
    "Prowler is not measured: it is not installed. In an environment of its own:\n"
    "  python3 -m venv /tmp/prowler && /tmp/prowler/bin/pip install prowler\n"
    "  make bench PROWLER=/tmp/prowler/bin/prowler"
)
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/bench-00000"
_STATES = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass\n")
    return packed.getvalue()


def makers(lab: Lab) -> dict[str, Callable[[str], Any]]:
    """By the name of a resource: what makes one, given a name of its own."""
    code = _code()

    def client(service: str) -> Any:
        return lab.client(ACCOUNT, service, REGION)

    image = client("ec2").register_image(Name="bench", RootDeviceName="/dev/sda1")["ImageId"]
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    where = {"LocationConstraint": REGION}
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    return {
        "buckets": lambda name: client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where),
        "security groups": lambda name: client("ec2").create_security_group(
            GroupName=name, Description="bench"
        ),
        "volumes": lambda _name: client("ec2").create_volume(Size=1, AvailabilityZone=f"{REGION}a"),
        "instances": lambda _name: client("ec2").run_instances(
            ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet
        ),
        "users": lambda name: client("iam").create_user(UserName=name),
        "roles": lambda name: client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST),
        "functions": lambda name: client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=_ROLE,
            Handler="app.handler",
            Code={"ZipFile": code},
        ),
        "queues": lambda name: client("sqs").create_queue(QueueName=name),
        "topics": lambda name: client("sns").create_topic(Name=name),
        "tables": lambda name: client("dynamodb").create_table(
            TableName=name, KeySchema=key, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
        ),
        "keys": lambda name: client("kms").create_key(Description=name),
        "secrets": lambda name: client("secretsmanager").create_secret(Name=name, SecretString="bench"),
        "log groups": lambda name: client("logs").create_log_group(logGroupName=name),
        "repositories": lambda name: client("ecr").create_repository(repositoryName=name),
        "databases": lambda name: client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="mysql",
            AllocatedStorage=20,
            MasterUsername="bench",
            MasterUserPassword="bench-bench",
        ),
        "state machines": lambda name: client("stepfunctions").create_state_machine(
            name=name, definition=_STATES, roleArn=_ROLE
        ),
    }


def fill(lab: Lab, size: int, chosen: Sequence[str], console: Console) -> None:
    """Make so many of each. A role is there in any case, because functions need one."""
    making = makers(lab)
    if "roles" not in chosen:
        making["roles"]("bench-00000")
    for what in chosen:
        for number in track(range(size), f"making {size} {what}", console=console, transient=True):
            making[what](f"bench-{number:05}")


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took. ``cpu``: seconds of its own; ``memory``: MB at the peak."""

    seconds: float
    cpu: float
    memory: float
    calls: Counter[str]
    ended: int

    def row(self, name: str) -> str:
        """As a row of the table."""
        return f"{name:44} {sum(self.calls.values()):>8,} {self.seconds:>8.1f} {self.cpu:>8.1f} {self.memory:>7.0f}"


def measured(lab: Lab, command: Sequence[str], environment: Mapping[str, str], output: Path) -> Run:
    """Run a command to its end; the lab counts its calls."""
    lab.clear_calls()
    began = time.perf_counter()
    with output.open("wb") as written:
        process = subprocess.Popen(command, env=dict(environment), stdout=written, stderr=subprocess.STDOUT)
        peak, ended = 0.0, 0
        while not ended:
            # getrusage would tell the peak of this process as well: it is handed on to what is started
            peak = max(peak, _peak_of(process.pid))
            time.sleep(0.05)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    calls: Counter[str] = Counter()
    for call, number in lab.calls().items():
        calls[call.service] += number
    return Run(seconds, used.ru_utime + used.ru_stime, peak, calls, process.returncode)


def _peak_of(pid: int) -> float:
    """Peak memory of a process in MB; 0 when it has just ended."""
    try:
        return memory_of(pid)
    except (OSError, BenchError):
        return 0.0


def _sweep(services: Sequence[str]) -> list[str]:
    chosen = [part for each in services for part in ("--service", each)]
    return [sys.executable, "-m", "liveaudit.cli.main", "sweep", "--region", REGION, "--json", *chosen]


def _verdicts(output: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("{"):
            found[str(json.loads(line).get("verdict", ""))] += 1
    return found


def _prowler(prowler: str, services: Sequence[str], folder: Path) -> list[str]:
    return [
        *(prowler, "aws", "--services", *services, "--region", REGION, "--ignore-exit-code-3"),
        *("--output-formats", "json-ocsf", "--output-directory", str(folder), "--no-banner"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--prowler", default="", help="Prowler's command, to be measured beside")
    parser.add_argument("--only", nargs="+", default=[], help="only these resources")
    given = parser.parse_args()
    console = Console(stderr=True)
    with (
        Lab(accounts=(ACCOUNT,), regions=(REGION, "us-east-1")) as lab,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        chosen = given.only or list(makers(lab))
        fill(lab, given.size, chosen, console)
        environment = {**os.environ, **lab.environment(ACCOUNT, REGION)}
        run = partial(measured, lab, environment=environment, output=folder / "out")
        print(f"{given.size:,} each of {', '.join(chosen)}\n")
        print(f"{'':44} {'calls':>8} {'seconds':>8} {'cpu s':>8} {'MB':>7}")
        whole = run(_sweep(()))
        print(whole.row("liveaudit sweep, all services"))
        verdicts = _verdicts(folder / "out")
        ours = run(_sweep(COMPARED))
        print(ours.row(f"liveaudit sweep, {', '.join(COMPARED)}"))
        if given.prowler:
            theirs = run(_prowler(given.prowler, COMPARED, folder))
            print(theirs.row(f"Prowler, {', '.join(COMPARED)} (ended with {theirs.ended})"))
            print(
                f"{'Prowler to ours':44} {sum(theirs.calls.values()) / sum(ours.calls.values()):>8.1f} "
                f"{theirs.seconds / ours.seconds:>8.1f} {theirs.cpu / ours.cpu:>8.1f} {theirs.memory / ours.memory:>7.1f}"
            )
            if theirs.ended:
                print((folder / "out").read_text(encoding="utf-8", errors="replace")[-800:])
        else:
            print(HOW)
        print(f"\nverdicts: {', '.join(f'{name} {number:,}' for name, number in verdicts.most_common())}")
        print(
            "calls by service: "
            + ", ".join(f"{name} {number:,}" for name, number in whole.calls.most_common())
        )


if __name__ == "__main__":
    main()
