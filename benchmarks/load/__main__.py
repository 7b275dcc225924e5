"""Load figures: ``python -m benchmarks.load [--part ceiling|latency|memory|workers|custodian]``, all parts by default.

A server with canned answers stands for AWS; our side is ``liveaudit worker`` as anybody starts it. An event is a
message in the queue; each is of a resource of its own, so that nothing is coalesced: the dearest case. Rates are
medians of several rounds; arrivals for latency wait for nobody. Compare ratios, not milliseconds, between machines.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.load.custodian import compare
from benchmarks.load.memory import memory
from benchmarks.load.parts import ceiling, latency, several
from benchmarks.load.site import site

PARTS = ("ceiling", "latency", "workers", "memory", "custodian")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, action="append", help="may be given several times")
    parser.add_argument("--events", type=int, default=300, help="events of a round at saturation")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each rate whose latency is measured")
    parser.add_argument("--findings", type=int, default=1_000_000, help="in the store of the part memory")
    parser.add_argument("--custodian", default="", help="a Python that has c7n; else CUSTODIAN")
    given = parser.parse_args()
    parts = given.part or PARTS
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores; load before: {load}", flush=True)
    with site() as running, tempfile.TemporaryDirectory(prefix="liveaudit-load-") as made:
        folder = Path(made)
        if "ceiling" in parts:
            ceiling(running)
        if "latency" in parts:
            latency(running, folder, given.events, given.rounds, given.seconds)
        if "workers" in parts:
            several(running, given.events, given.rounds)
        if "memory" in parts:
            memory(running, folder, given.findings)
        if "custodian" in parts:
            compare(running, folder, given.custodian, given.events // 30, given.rounds)


if __name__ == "__main__":
    main()
