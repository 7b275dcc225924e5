"""A plan is made from what is stored, and says what stands in its way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liveaudit.cli.fix import known_of_all
from liveaudit.cli.main import app
from liveaudit.fix.plan import NoFindingError, Plan, plan_of
from liveaudit.fix.row import UnfixableError
from liveaudit.policies.rulebook import Exemption
from liveaudit.policies.scope import Scope
from liveaudit.store import decisions, rules
from liveaudit.store.database import Database
from liveaudit.store.findings import Filter, list_findings
from liveaudit.store.life import Decision, by_person
from tests.support.sown import NOW, SETTINGS, SHOP, Sower
from tests.support.sown_day import NOT_BLOCKED, a_bucket, bucket
from tests.support.stores import Stores

POLICY = "s3_bucket_level_public_access_block"


def sow(database: Database) -> None:
    Sower(database).swept(bucket(SHOP, "photos"), a_bucket("photos", public_access_block=NOT_BLOCKED))


@pytest.fixture
def sown(stores: Stores) -> Iterator[Database]:
    with closing(Database(stores.url())) as database:
        sow(database)
        yield database


def finding_of(database: Database, policy: str = POLICY) -> str:
    (found,) = database.read_now(lambda c: list_findings(c, Filter(policy=policy)))
    return str(found["id"])


def plan(database: Database, finding: str) -> Plan:
    return database.read_now(lambda c: plan_of(c, finding, known_of_all(), NOW))


def test_the_calls_the_undo_and_what_they_stand_on(sown: Database) -> None:
    made = plan(sown, finding_of(sown))
    assert made.commands[0].startswith("aws s3api put-public-access-block --bucket photos ")
    assert made.undo_commands[0].startswith("aws s3api put-public-access-block --bucket photos ")
    assert made.steps[0].undo is not None
    assert made.steps[0].undo.params["PublicAccessBlockConfiguration"] == NOT_BLOCKED
    assert made.fix.sections == {"public_access_block"}
    assert made.why_not == ""


def test_what_is_accepted_is_shown_but_may_not_be_run(sown: Database) -> None:
    finding = finding_of(sown)
    sown.write_now(
        lambda c: rules.add_exemptions(c, [Exemption("7", Scope(resources=("photos",)), "a website")])
    )
    assert "exemption 7" in plan(sown, finding).why_not


def test_what_a_person_has_decided_is_not_run(sown: Database) -> None:
    finding = finding_of(sown)
    sown.write_now(
        lambda c: decisions.decide(
            c, [finding], Decision.FALSE_POSITIVE, by=by_person("ann"), reason="so", now=NOW
        )
    )
    assert "reopen it first" in plan(sown, finding).why_not


def test_what_is_not_there_or_over_is_said(sown: Database) -> None:
    with pytest.raises(NoFindingError):
        plan(sown, "nothing")
    finding = finding_of(sown)
    Sower(sown, NOW + 60, "later").swept(bucket(SHOP, "photos"), a_bucket("photos"))
    with pytest.raises(UnfixableError, match="nothing to mend"):
        plan(sown, finding)


def test_the_command_shows_it(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    with closing(Database(store)) as database:
        sow(database)
        finding = finding_of(database)
    settings = tmp_path / "liveaudit.yaml"
    settings.write_text(f"{SETTINGS}store: {store}\n", encoding="utf-8")
    shown = CliRunner().invoke(app, ["fix", finding[:8], "--settings", str(settings)])
    assert shown.exit_code == 0
    assert "aws s3api put-public-access-block --bucket photos" in shown.stdout
    assert "To undo it" in shown.stdout
    told = CliRunner().invoke(app, ["fix", finding, "--settings", str(settings), "--json"])
    assert json.loads(told.stdout)["steps"][0]["call"]["operation"] == "PutPublicAccessBlock"
    nothing = CliRunner().invoke(app, ["fix", "zzz", "--settings", str(settings)])
    assert nothing.exception is not None
    assert getattr(nothing.exception, "exit_code", 0) == 4
