"""The checks of an installation: what fails, and what to do then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.health import checks
from liveaudit.health.serve import Pages, serving
from liveaudit.provision.installation import Account, Installation
from liveaudit.store.database import Database
from tests.support.caller import Asked, CallerDouble
from tests.support.stores import SqliteStores

RECEIVER, SHOP = "111111111111", "222222222222"
INSTALLATION = Installation(RECEIVER, (Account(RECEIVER, ambient=True), Account(SHOP)))


class Sts(CallerDouble):
    """Who is who; an account that leads elsewhere, or is refused."""

    def __init__(self, **leads: str) -> None:
        super().__init__()
        self.leads = leads

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        there = self.leads.get(f"_{asked.account}", asked.account)
        if not there and asked.account:
            raise AwsCallError(Kind.DENIED, "AccessDenied", "no", "AssumeRole")
        if there == "expired":
            raise AwsCallError(Kind.DENIED, "ExpiredToken", "expired", asked.operation)
        return {"Account": there or RECEIVER, "Arn": f"arn:aws:iam::{there or RECEIVER}:role/x"}


def outcomes(caller: Any) -> dict[str, tuple[str, str]]:
    found = asyncio.run(checks.check_roles(caller, INSTALLATION))
    return {each.name: (each.outcome, each.text) for each in found}


def test_roles() -> None:
    found = outcomes(Sts())
    assert [outcome for outcome, _ in found.values()] == ["ok"] * 3
    found = outcomes(Sts(_222222222222=""))
    assert found[f"account {SHOP}"][0] == "failed"
    assert "liveaudit setup check" in found[f"account {SHOP}"][1]
    assert "leads into 333333333333" in outcomes(Sts(_222222222222="3" * 12))[f"account {SHOP}"][1]
    found = outcomes(Sts(_="expired"))
    assert found.keys() == {"credentials"}, "nothing else can work then"
    assert "aws sts get-caller-identity" in found["credentials"][1]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(SqliteStores(tmp_path).url())
    yield made
    made.close()


def test_store_disk_and_clock(database: Database) -> None:
    assert checks.check_store(database).outcome == "ok"
    assert checks.check_disk(database, lambda _path: 5 << 30).text.startswith("5 GiB")
    full = checks.check_disk(database, lambda _path: 5 << 20)
    assert (full.outcome, "make room" in full.text) == ("failed", True)
    assert checks.check_clock(lambda: 100.0, lambda: 101.0).outcome == "ok"
    assert "61 s ahead of" in checks.check_clock(lambda: 100.0, lambda: 161.0).text
    assert "100 s behind" in checks.check_clock(lambda: 200.0, lambda: 100.0).text


def test_the_clock_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    pages = Pages(lambda: b"", lambda: "", lambda: "")
    import time

    with serving(("127.0.0.1", 0), pages) as url:
        assert asyncio.run(checks.check_aws_clock(url)).outcome == "ok"
        late = asyncio.run(checks.check_aws_clock(url, lambda: time.time() - 3600))
        assert (late.outcome, "behind AWS's" in late.text) == ("failed", True)
    assert asyncio.run(checks.check_aws_clock(url)).outcome == "warning"
    assert asyncio.run(checks.check_aws_clock("no address")).outcome == "warning"
