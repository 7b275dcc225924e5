"""The lives of findings on PostgreSQL, and people who decide while an audit of the same resource is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection

from liveaudit.model import FindingStatus, failed
from liveaudit.store import decisions, lifecycle, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.life import Decision, by_person
from tests.postgres.test_many_writers import open_transaction, until_waiting
from tests.support.fake import resource
from tests.support.lives import Lives
from tests.support.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    made = Database(postgres.empty("lives"))
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_lives_of_findings(postgres: Server, database: Database) -> None:
    class OnPostgres(Lives):
        def __init__(self) -> None:
            postgres.empty("lives")
            self.database = database
            super().__init__()

    run_state_machine_as_test(
        OnPostgres,
        settings=settings(
            max_examples=5,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_a_decision_waits_for_the_audit_that_is_being_written(database: Database, postgres: Server) -> None:
    """It is made on what stands then: here, it is resolved already."""
    postgres.empty("lives")
    widget = resource("w")
    (key,) = database.write_now(lambda c: work.resource_keys(c, {widget: "arn:w"}, 1.0)).values()

    def fail(connection: Connection) -> None:
        lifecycle.open_finding(
            connection,
            key,
            finding_id="f",
            resource=widget,
            policy="widget_is_blue",
            severity="high",
            verdict=failed("red"),
            now=1.0,
            story=lifecycle.NO_STORY,
        )

    database.write_now(fail)
    with open_transaction(database) as audit:
        snapshots.mark_resource(
            audit, key, state="present", order=1, read_at=2.0, newest=None, streak=1, now=2.0
        )
        standing = lifecycle.standing_findings(audit, key)["widget_is_blue"]
        lifecycle.move_finding(
            audit,
            standing,
            FindingStatus.RESOLVED,
            severity=None,
            reason="blue",
            evidence=None,
            now=2.0,
            story=lifecycle.NO_STORY,
        )
        deciding = database.submit(
            lambda c: decisions.decide(
                c, ["f"], Decision.SUPPRESS, by=by_person("ann"), reason="accepted", now=3.0
            )
        )
        until_waiting(database)
    (done,) = deciding.result()
    assert (done.status, done.moved) == ("resolved", False)
    assert "opens again" in done.refused
