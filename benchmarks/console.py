"""How fast the console's pages answer with 1,000,000 findings and 100,000 resources, over HTTP, on SQLite and PostgreSQL.

The store is filled (minutes), the console served by a process of its own, and each page asked for many times by one client
that is signed in. Printed are the 50th and 95th percentile of each page in milliseconds; wanted is a 95th of 200 at most.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import uvicorn

from benchmarks.console_store import NOW, account_of, fill, size
from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.reach import Reach
from liveaudit.web.app import create_app
from liveaudit.web.console import make_console
from tests.support.postgres import Server
from tests.support.signing_in import sign_in

WANTED = 200.0
PATIENCE = 120.0
PAGES = (
    "/",
    "/findings",
    "/findings?severity=critical&sort=severity",
    "/findings?status=all&sort=opened",
    f"/findings?account={account_of(80)}",
    f"/findings?account={account_of(0)}&severity=high&region=us-east-1",
    "/findings?service=iam&status=all",
    "/findings?policy=s3_bucket_object_versioning",
    "/findings?framework=CIS 7.0",
    "/findings?overdue=true&sort=due",
    "/findings?owner=payments",
    "/findings?unowned=true&sort=severity",
    "/findings?days=1&sort=opened",
    "/findings?regression=true",
    "/findings?q=payments encrypted",
    "/findings?q=securitygroup-233",
    "/findings?tag=Team=payments&tag=Stage=prod",
    "/findings?tag=Name=payments-ec2-7",
    "/api/v1/findings?limit=100",
    "/resources",
    "/policies",
    "/frameworks",
    "/frameworks/cis-7.0",
    "/accounts",
    "/exemptions",
    "/system",
)


def serve(url: str, port: int) -> None:
    """The body of the process that serves."""
    console = make_console(Database(url), lambda: NOW, Path("/nonexistent/liveaudit.yaml"))
    uvicorn.run(create_app(console), port=port, log_level="error")


def measure(url: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each page that there is, by path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(url)
    signed = sign_in(database, "bench", "administrator", NOW)
    database.close()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(url, port), daemon=True)
    process.start()
    cookie = {cookie_name(SESSION, Reach(), f"127.0.0.1:{port}"): signed.secret}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies=cookie, timeout=PATIENCE) as client:
            _await(client)
            return {path: found for path in PAGES if (found := _asked(client, path, rounds))}
    finally:
        process.terminate()
        process.join()


def _await(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            client.get("/static/app.css")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the console does not answer")


def _asked(client: httpx.Client, path: str, rounds: int) -> list[float]:
    first = client.get(path)
    if first.status_code == 404:
        return []
    first.raise_for_status()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        found.append((time.perf_counter() - began) * 1000)
    return found


def table(name: str, measured: dict[str, list[float]]) -> None:
    """Print what was measured."""
    print(f"{name:52} {'p50 ms':>8} {'p95 ms':>8}")
    for path, found in measured.items():
        cuts = statistics.quantiles(found, n=20, method="inclusive")
        print(
            f"{path:52} {cuts[9]:>8.0f} {cuts[18]:>8.0f}{'  slow' if cuts[18] > WANTED else ''}", flush=True
        )


def main() -> None:
    """Fill, measure and print, on both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--store", default="", help="the URL of a store that is filled already")
    given = parser.parse_args()
    if given.store:
        table(given.store.partition(":")[0], measure(given.store, given.rounds))
        return
    server = Server(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as folder:
            for name, url in (
                ("SQLite", sqlite_url(Path(folder) / "big.sqlite3")),
                ("PostgreSQL", server.empty("bench")),
            ):
                database = Database(url)
                took = fill(database, resources=given.resources)
                print(f"{name}: {size(database)}, filled in {took:.0f} s", flush=True)
                database.close()
                table(name, measure(url, given.rounds))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
