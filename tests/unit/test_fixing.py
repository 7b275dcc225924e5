"""Rules of fixes follow the settings file: what it says now is carried out, and a broken file changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.rejudge import NoCalls
from liveaudit.fix.plan import Known
from liveaudit.fixing import Mending
from liveaudit.provision.known import everything_known
from liveaudit.services import load
from liveaudit.settings import check
from liveaudit.settings.followed import Followed
from liveaudit.store import fixes
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.fixes import State
from tests.support.sown import NOW, PAYMENTS, SETTINGS, SHOP, Sower
from tests.support.sown_day import NOT_BLOCKED, a_bucket, bucket
from tests.support.stores import Stores

POLICY = "s3_bucket_level_public_access_block"


def rule(account: str) -> str:
    """Settings with a rule that shows what it would mend in an account."""
    return f"{SETTINGS}fixes:\n  role: mends\n  rules: [{{policies: [{POLICY}], accounts: ['{account}']}}]\n"


class World:
    """A store with an open bucket in two accounts, and what mends by the rules of a file."""

    def __init__(self, url: str, file: Path) -> None:
        self.database, self.file = Database(url), file
        sower = Sower(self.database)
        for account, name in ((SHOP, "one"), (PAYMENTS, "two")):
            sower.swept(bucket(account, name), a_bucket(name, public_access_block=NOT_BLOCKED))
        self.write(SETTINGS)
        followed = Followed(check(file).usable(), file, lambda path: check(path, everything_known()).usable())
        self.mending = Mending(followed, self.database, Known(*load()), NoCalls(), lambda: NOW)

    def write(self, text: str) -> None:
        """Let the file say this."""
        self.file.write_text(text, encoding="utf-8")

    def step(self) -> list[str]:
        """One look. Gives the resources that would be mended."""
        made = asyncio.run(self.mending.step())
        assert {each.state for each in made} <= {State.DRY}
        return [each.resource.id for each in made]


@pytest.fixture
def world(stores: Stores, tmp_path: Path) -> Iterator[World]:
    made = World(stores.url(), tmp_path / "liveaudit.yaml")
    with closing(made.database):
        yield made


def test_rules_follow_the_file(world: World) -> None:
    assert world.step() == []
    world.write(rule(SHOP))
    assert world.step() == ["one"]
    assert world.step() == []
    world.write(rule(PAYMENTS).replace("rules: [{", "rules: [{unknown: 1, "))
    assert world.step() == [], "a broken file changes nothing"
    world.write(rule(PAYMENTS))
    assert world.step() == ["two"]
    world.write(SETTINGS)
    assert world.step() == []
    stand = world.database.read_now(partial(fixes.list_fixes))
    assert len({each.rule for each in stand}) == 2


def test_it_goes_on_while_the_store_is_away_and_lets_go_of_its_door_at_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(rule(SHOP))
    looks = 0
    real = world.mending.followed.look

    async def look() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise StoreUnavailableError("away")
        return await real()

    closed: list[Any] = []

    class Door(NoCalls):
        async def close(self) -> None:
            closed.append(self)

    async def pause(_seconds: float) -> None:
        if looks == 2:
            raise asyncio.CancelledError

    monkeypatch.setattr(Followed, "look", lambda _self: look())
    monkeypatch.setattr("liveaudit.fixing.fix_caller_of", lambda _settings: Door())
    world.mending.followed.settings = check(world.file).usable()
    world.mending.pause = pause
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(world.mending.run())
    stand: Sequence[Any] = world.database.read_now(partial(fixes.list_fixes))
    assert [each.resource.id for each in stand] == ["one"]
    assert len(closed) == 1
