"""What no row knows is not lost, and shows; what auditing itself does triggers nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from liveaudit.catalog.targets import SERVICE_TYPE
from liveaudit.intake.sort import Message, Sorted, sort_messages
from liveaudit.intake.take import store_sorted
from liveaudit.store import gaps, work
from liveaudit.store.database import Database
from tests.support.fake import ACCOUNT, CATALOG, REGION, resource
from tests.support.stores import Stores

ROLE = f"arn:aws:iam::{ACCOUNT}:role/MVC_for_AWS_role"
WIDGET = f"arn:aws:fake:{REGION}:{ACCOUNT}:widget/w"


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def message(name: str, number: int = 1, **more: Any) -> Message:
    detail = {
        "eventSource": "fake.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "eventTime": "2026-11-20T10:00:00Z",
        "eventID": f"e-{number}",
        "recipientAccountId": ACCOUNT,
    } | more
    envelope = {
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.fake",
        "account": ACCOUNT,
        "region": REGION,
        "detail": detail,
    }
    return Message(f"m{number}", "q", "r", json.dumps(envelope), 1.0, 2.0)


def sort(*messages: Message, own_roles: Mapping[str, str] | None = None) -> Sorted:
    return sort_messages(CATALOG, {ACCOUNT}, messages, own_roles or {})


@pytest.mark.parametrize(
    "record",
    [
        {"resources": [{"type": "Fake::Widget", "ARN": WIDGET}]},
        {"resources": [{"arn": WIDGET}]},
        {"requestParameters": {"a": [{"b": {"targetArn": WIDGET}}]}},
        {"responseElements": {"thing": {"arn": WIDGET}}, "requestParameters": {"arn": WIDGET}},
    ],
)
def test_what_is_named_by_arn_is_audited_whole(record: dict[str, Any]) -> None:
    found = sort(message("PaintWidget", **record))
    (due,) = found.due
    assert due.resource == resource("w")
    assert due.arn == WIDGET
    assert (due.cause.kind, due.cause.sections) == ("event", frozenset())
    assert due.cause.change is not None
    assert due.cause.change["name"] == "PaintWidget"
    assert found.rejected == []
    (gap,) = found.gaps
    assert (gap.name, gap.done) == ("PaintWidget", "audited what it names: 1")
    assert found.counts["unmapped", "fake:PaintWidget"] == 1


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"requestParameters": {"widget": "w"}},
        {"requestParameters": {"arn": WIDGET.replace(ACCOUNT, "222222222222")}},
        {"requestParameters": {"arn": WIDGET.replace("aws:", "aws-cn:", 1)}},
        {"requestParameters": {"arn": f"arn:aws:iam::{ACCOUNT}:role/x"}},
        {"requestParameters": {"arn": WIDGET + "\u0000"}},
        {"requestParameters": {"arns": [f"{WIDGET}{number}" for number in range(21)]}},
    ],
)
def test_else_its_service_is_swept(record: dict[str, Any]) -> None:
    found = sort(message("PaintWidget", **record))
    (due,) = found.due
    assert (due.resource.type, due.resource.id) == (SERVICE_TYPE, "fake")
    assert (due.resource.account, due.resource.region) == (ACCOUNT, REGION)
    assert due.priority == work.SWEEP_PRIORITY
    assert found.gaps[0].done == "swept fake in its account and region"


def test_a_row_that_finds_no_name_is_a_gap_too() -> None:
    found = sort(message("ModifyWidget", requestParameters={"other": "w"}))
    assert found.due[0].resource.type == SERVICE_TYPE
    assert "names no resource" in found.gaps[0].reason


def test_gaps_are_counted_by_name_and_shown(database: Database) -> None:
    first = sort(*(message("PaintWidget", number) for number in range(3)), message("Mystery", 9))
    database.write_now(lambda c: store_sorted(c, first, 10.0))
    second = sort(message("PaintWidget", 4, resources=[{"ARN": WIDGET}]))
    database.write_now(lambda c: store_sorted(c, second, 20.0))
    paint, mystery = database.read_now(gaps.list_gaps)
    assert (paint.name, paint.seen, paint.first_at, paint.last_at) == ("PaintWidget", 4, 10.0, 20.0)
    assert paint.done == "audited what it names: 1"
    assert (mystery.name, mystery.seen) == ("Mystery", 1)
    assert database.read_now(work.pending) == 2, "one sweep for four events, and one widget"


def identity(issuer: str, kind: str = "AssumedRole", session: str = "liveaudit") -> dict[str, Any]:
    return {
        "type": kind,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/MVC_for_AWS_role/{session}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer, "accountId": ACCOUNT}},
    }


def test_what_auditing_does_triggers_nothing_and_is_counted() -> None:
    calls = [message("GetLock", userIdentity=identity(ROLE), readOnly=flag) for flag in (False, True)]
    found = sort(*calls, own_roles={ACCOUNT: ROLE})
    assert (found.due, found.rejected, found.gaps) == ([], [], [])
    assert found.counts == {("own", "fake:GetLock"): 2}


@pytest.mark.parametrize(
    ("name", "who", "roles"),
    [
        ("DeleteWidget", identity(ROLE), {ACCOUNT: ROLE}),
        ("PaintWidget", identity(ROLE), {ACCOUNT: ROLE}),
        ("GetLock", identity(f"arn:aws:iam::{ACCOUNT}:role/liveaudit"), {ACCOUNT: ROLE}),
        ("GetLock", identity(ROLE.replace(ACCOUNT, "222222222222")), {ACCOUNT: ROLE}),
        ("GetLock", identity(ROLE), {"222222222222": ROLE}),
        ("GetLock", identity(ROLE), {}),
        ("GetLock", identity("", session="liveaudit"), {ACCOUNT: ""}),
        ("GetLock", identity(ROLE, kind="IAMUser"), {ACCOUNT: ROLE}),
        ("GetLock", {"arn": ROLE, "userName": "liveaudit"}, {ACCOUNT: ROLE}),
    ],
)
def test_nobody_hides_behind_our_name(name: str, who: dict[str, Any], roles: dict[str, str]) -> None:
    record: dict[str, Any] = {"requestParameters": {"widgetId": "w"}, "readOnly": False}
    found = sort(message(name, userIdentity=who, **record), own_roles=roles)
    assert found.due, "it is a change like anybody's"
    assert not [label for kind, label in found.counts if kind == "own"]
