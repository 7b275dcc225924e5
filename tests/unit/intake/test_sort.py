"""Every message ends in exactly one place."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liveaudit.intake.envelope import Flaw
from liveaudit.intake.sort import Message, Sorted, sort_messages
from tests.support.fake import ACCOUNT, CATALOG, REGION

STRANGER = "999999999999"


def message(body: str, number: int = 0) -> Message:
    return Message(f"m{number}", "eu-west-1/q", f"r{number}", body, 1.0, 2.0)


def body(name: str, *, account: str = ACCOUNT, **more: Any) -> str:
    detail = {
        "eventSource": "fake.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "eventTime": "2026-11-20T10:00:00Z",
        "eventID": "e-1",
        "recipientAccountId": account,
        "requestParameters": {"widgetId": "w"},
    } | more
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": account,
            "region": REGION,
            "detail": detail,
        }
    )


def sort(*bodies: str) -> Sorted:
    return sort_messages(CATALOG, {ACCOUNT}, [message(each, n) for n, each in enumerate(bodies)])


def test_a_change_is_due_with_its_actor() -> None:
    identity = {"type": "IAMUser", "arn": "arn:aws:iam::111111111111:user/ann"}
    found = sort(body("ModifyWidget", userIdentity=identity, sourceIPAddress="198.51.100.1"))
    (due,) = found.due
    assert due.resource.id == "w"
    assert due.cause.sections == {"widget"}
    assert due.cause.change is not None
    assert due.cause.change["actor"]["arn"] == "arn:aws:iam::111111111111:user/ann"
    hops = due.cause.change["hops"]
    assert (hops["sent"], hops["received"]) == (1.0, 2.0)
    assert dt.datetime.fromtimestamp(hops["event"], dt.UTC) == dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    assert found.rejected == []


def test_what_is_kept_and_why() -> None:
    found = sort(body("ModifyWidget", account=STRANGER), "{", body("DeleteWidget"))
    assert [each.flaw for each in found.rejected] == [Flaw.NOT_ENROLLED, Flaw.MALFORMED]
    assert found.counts["changes", "fake:DeleteWidget"] == 1


def test_failed_calls_are_counted_and_skipped() -> None:
    found = sort(body("ModifyWidget", errorCode="AccessDenied"), body("ModifyWidget", readOnly=True))
    assert (found.due, found.rejected) == ([], [])
    assert found.counts["failed calls", "fake:ModifyWidget"] == 1
    assert found.counts["ignored", "fake:ModifyWidget"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(json.loads(body("X"))["detail"])), JSON), max_size=3), st.text()
)
def test_each_message_is_counted_once_whatever_it_holds(changes: list[tuple[str, Any]], noise: str) -> None:
    given_body = json.loads(body("ModifyWidget"))
    for key, value in changes:
        given_body["detail"][key] = value
    found = sort(json.dumps(given_body), noise)
    assert sum(found.counts.values()) == 2
    assert len(found.rejected) + len({each.cause.id for each in found.due}) <= 2
