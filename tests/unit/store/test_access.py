"""Users, sessions, tokens, links, tries and the audit log, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from liveaudit.store import api_tokens, audit_log, console_sessions, letting_in, sign_ins, users
from liveaudit.store.api_tokens import Scope
from liveaudit.store.audit_log import Entry, Which
from liveaudit.store.database import Database
from liveaudit.store.letting_in import Coming
from liveaudit.store.roles import Role
from liveaudit.store.sign_ins import Flow, Rate
from liveaudit.store.users import UserError
from tests.support.stores import Stores

NOW = 1_800_000_000.0


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def coming(digest: str) -> Coming:
    return Coming(digest, "link", "10.0.0.7", "a browser\x00")


def test_a_user_with_everything_comes_and_goes(database: Database) -> None:
    ada = database.write_now(lambda c: users.add(c, "ada", Role.ADMINISTRATOR, "hash", NOW))
    with pytest.raises(UserError):
        database.write_now(lambda c: users.add(c, "ada", Role.VIEWER, "", NOW))
    database.write_now(lambda c: letting_in.let_in(c, coming("a" * 64), ada, NOW))
    token = database.write_now(
        lambda c: api_tokens.issue(
            c,
            "d" * 64,
            name="ci",
            hint="lva_x",
            scope=Scope.ADMIN,
            user_id=ada.id,
            made_by="ada",
            now=NOW,
            days=1,
        )
    )
    assert token.role == Role.ADMINISTRATOR
    for change in (
        lambda c: users.remove(c, ada.id),
        lambda c: users.set_disabled(c, ada.id, True),
        lambda c: users.set_role(c, ada.id, Role.VIEWER),
    ):
        with pytest.raises(UserError, match="last administrator"):
            database.write_now(change)
    database.write_now(lambda c: users.add(c, "ben", Role.ADMINISTRATOR, "hash", NOW))
    database.write_now(lambda c: users.set_role(c, ada.id, Role.VIEWER))
    found = database.read_now(lambda c: api_tokens.find(c, "d" * 64, NOW))
    assert found is not None
    assert found.role == Role.VIEWER
    session = database.read_now(lambda c: console_sessions.find(c, "a" * 64, NOW))
    assert session is not None
    assert (session.name, session.role, session.handle) == ("ada", Role.VIEWER, "a" * 16)
    database.write_now(lambda c: users.remove(c, ada.id))
    assert database.read_now(lambda c: console_sessions.find(c, "a" * 64, NOW)) is None
    assert database.read_now(api_tokens.list_tokens) == []
    assert [each.name for each in database.read_now(users.list_users)] == ["ben"]


def test_of_two_administrators_who_shut_each_other_out_one_stays(database: Database) -> None:
    both = [
        database.write_now(partial(users.add, name=name, role=Role.ADMINISTRATOR, password="hash", now=NOW))
        for name in ("ada", "ben")
    ]

    def shut_out(number: int) -> bool:
        try:
            database.write_now(lambda c: users.set_disabled(c, number, True))
        except UserError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(shut_out, [each.id for each in both]))
    assert sorted(done) == [False, True]
    assert database.read_now(users.anybody)


def test_a_link_lets_one_in_however_many_use_it_at_once(database: Database) -> None:
    database.write_now(lambda c: sign_ins.add_link(c, "l" * 64, NOW))
    with ThreadPoolExecutor(8) as threads:
        done = list(
            threads.map(
                lambda n: database.write_now(
                    lambda c: letting_in.by_link(c, coming(f"{n:064}"), "l" * 64, NOW)
                ),
                range(8),
            )
        )
    assert sorted(done) == [False] * 7 + [True]
    assert len(database.read_now(lambda c: console_sessions.list_sessions(c, None, NOW))) == 1


def test_tries_at_once_are_counted_one_by_one(database: Database) -> None:
    rates = {"name x": Rate(5, 30.0), "address y": Rate(3, 30.0)}
    with ThreadPoolExecutor(8) as threads:
        waits = list(
            threads.map(lambda _: database.write_now(lambda c: sign_ins.try_now(c, rates, NOW)), range(8))
        )
    assert [each > 0 for each in sorted(waits)] == [False] * 3 + [True] * 5
    assert max(waits) == 30.0
    assert database.write_now(lambda c: sign_ins.try_now(c, rates, NOW + 29)) == 1.0
    assert database.write_now(lambda c: sign_ins.try_now(c, rates, NOW + 30)) == 0.0
    database.write_now(lambda c: sign_ins.forgive(c, rates))
    assert [database.write_now(lambda c: sign_ins.try_now(c, rates, NOW + 30)) for _ in range(4)][2:] == [
        0.0,
        30.0,
    ]


def test_a_way_to_the_provider_is_ended_once_by_the_browser_that_went(database: Database) -> None:
    flow = Flow("https://x/callback", "/findings")
    database.write_now(lambda c: sign_ins.begin_flow(c, "s" * 64, "v" * 64, flow, NOW))
    assert database.write_now(lambda c: sign_ins.end_flow(c, "s" * 64, "w" * 64, NOW)) is None
    assert database.write_now(lambda c: sign_ins.end_flow(c, "s" * 64, "v" * 64, NOW)) == flow
    assert database.write_now(lambda c: sign_ins.end_flow(c, "s" * 64, "v" * 64, NOW)) is None


def test_whom_a_provider_vouches_for(database: Database) -> None:
    def vouch(subject: str, name: str, role: Role) -> users.User:
        return database.write_now(lambda c: users.vouched_for(c, "https://id", subject, name, role, NOW))

    first = vouch("1", "ada", Role.VIEWER)
    assert vouch("1", "another name", Role.OPERATOR).name == "ada"
    assert vouch("2", "ada", Role.VIEWER).name.startswith("ada#")
    found = database.read_now(lambda c: users.find(c, first.id))
    assert found is not None
    assert (found.role, found.local) == (Role.OPERATOR, False)
    with pytest.raises(UserError):
        vouch("x" * 700, "long", Role.VIEWER)


def test_the_log_takes_whatever_there_is_and_finds_it(database: Database) -> None:
    odd = "a\x00b\ud800 100%_\u202e"
    database.write_now(lambda c: audit_log.put(c, Entry("ada" * 99, "user.add", odd * 999, odd * 999), NOW))
    (put,) = database.read_now(lambda c: audit_log.page(c, Which(text="100%_", action="user")))
    assert len(put.name) == 128
    assert len(put.target) == 2048
    assert database.read_now(lambda c: audit_log.page(c, Which(text="100_%"))) == []
    assert database.read_now(lambda c: audit_log.page(c, Which(action="use_"))) == []
    assert database.read_now(lambda c: audit_log.page(c, Which(name=odd))) == []
    last = database.write_now(lambda c: users.add(c, "last", Role.ADMINISTRATOR, "", NOW))
    with pytest.raises(UserError):
        database.write_now(audit_log.noted(lambda c: users.remove(c, last.id), Entry("x", "no"), NOW))
    assert database.read_now(lambda c: audit_log.page(c, Which(action="no"))) == []
