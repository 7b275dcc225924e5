"""What systems are sent: PagerDuty, webhooks, SNS, EventBridge, Security Hub, S3. The last four by a stand-in of AWS here."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest
from aiohttp import web

from liveaudit.aws.errors import AwsCallError
from liveaudit.aws.errors import Kind as Why
from liveaudit.deliver.channels import KINDS, pagerduty
from liveaudit.deliver.channels.eventbridge import EventBridgeChannel
from liveaudit.deliver.channels.interface import ChannelError, Kind, Message, Sent
from liveaudit.deliver.channels.pagerduty import PagerDutyChannel
from liveaudit.deliver.channels.posting import Poster
from liveaudit.deliver.channels.s3 import S3Channel
from liveaudit.deliver.channels.security_hub import Heard, SecurityHubChannel
from liveaudit.deliver.channels.sns import SnsChannel, subject
from liveaudit.deliver.channels.templates import TEXT, Wording
from liveaudit.deliver.channels.webhook import WebhookChannel
from liveaudit.deliver.hearing import wanted
from liveaudit.model import Resource
from liveaudit.settings.shape_of_channel_kinds import (
    AppriseSettings,
    S3Settings,
    SecurityHubSettings,
    WebhookSettings,
)
from liveaudit.store.life import Decision
from tests.support.caller import Asked, CallerDouble
from tests.support.peers import Peer, peer
from tests.unit.deliver.channels.messages import hostile_messages, message, told
from tests.unit.deliver.samples import found

HERE = ("127.0.0.1",)
KEY = "0123456789abcdef0123456789abcdef"
RESOLVED = message(told(status="resolved", what=Kind.RESOLVED), kind=Kind.RESOLVED)
TOPIC = "arn:aws:sns:eu-west-1:111111111111:findings"
BUS = "arn:aws:events:eu-west-1:111111111111:event-bus/findings"


class Cloud(CallerDouble):
    """AWS, as far as channels go. ``answers``: by operation, one call after the other; then an empty one."""

    def __init__(self, **answers: list[Mapping[str, Any] | AwsCallError]) -> None:
        super().__init__()
        self.answers = answers

    def respond(self, asked: Asked) -> Mapping[str, Any] | AwsCallError:
        given = self.answers.get(asked.operation)
        return given.pop(0) if given else {}

    @property
    def sent(self) -> list[tuple[str, str, str, Mapping[str, Any]]]:
        """Account, region, ``client:operation`` and parameters of every call."""
        return [
            (each.account, each.region, f"{each.client}:{each.operation}", each.params) for each in self.asked
        ]


async def _came(sending: Awaitable[Sent]) -> Sent | ChannelError:
    try:
        return await sending
    except ChannelError as error:
        return error


def posted(
    build: Callable[[Peer], Any], *messages: Message, answers: tuple[web.Response, ...] = ()
) -> tuple[Peer, list[Sent | ChannelError]]:
    """What a peer gets of messages, and what comes of each."""

    async def send() -> tuple[Peer, list[Sent | ChannelError]]:
        async with peer(*answers) as given:
            one = build(given)
            came = [await _came(one.send(each)) for each in messages]
            await one.aclose()
            return given, came

    return asyncio.run(send())


# ---------------------------------------------------------------------------------------------------------- PagerDuty


@pytest.fixture
def duty(monkeypatch: pytest.MonkeyPatch) -> Callable[[Peer], PagerDutyChannel]:
    monkeypatch.setenv("KEY", KEY)
    return lambda given: PagerDutyChannel("oncall", "env:KEY", f"{given.url}/v2/enqueue", Poster(HERE))


def test_an_alert_opens_and_resolves_with_its_finding(duty: Callable[[Peer], PagerDutyChannel]) -> None:
    given, _ = posted(duty, message(), RESOLVED)
    opened, over = (msgspec.json.decode(each.body) for each in given.taken)
    assert opened["routing_key"] == over["routing_key"] == KEY
    assert (opened["event_action"], over["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == over["dedup_key"] == f"liveaudit/{told().id}"
    assert opened["payload"]["severity"] == "critical"
    assert opened["payload"]["custom_details"]["how to fix it"] == told().fix
    assert opened["links"] == [{"href": told().link, "text": "Open the finding"}]
    assert set(over) == {"routing_key", "event_action", "dedup_key"}


def test_a_test_leaves_no_alert_behind(duty: Callable[[Peer], PagerDutyChannel]) -> None:
    given, _ = posted(duty, message(kind=Kind.TEST))
    opened, over = (msgspec.json.decode(each.body) for each in given.taken)
    assert opened["payload"]["summary"].startswith("TEST: ")
    assert opened["payload"]["severity"] == "info"
    assert opened["dedup_key"] == over["dedup_key"] != f"liveaudit/{told().id}"
    assert over["event_action"] == "resolve"


def test_pagerduty_s_limits_are_kept(duty: Callable[[Peer], PagerDutyChannel]) -> None:
    given, came = posted(duty, *hostile_messages(), message(told(title="t" * 5_000, fix="f" * 9_000)))
    assert all(isinstance(each, Sent) for each in came)
    for each in given.taken:
        assert each.body.isascii()
        event = msgspec.json.decode(each.body)
        assert 0 < len(event["payload"]["summary"]) <= 1_024
        assert event["payload"]["source"].strip()
        assert len(event["dedup_key"]) <= 255
        assert event["payload"]["severity"] in {"critical", "error", "warning", "info"}


def test_what_pagerduty_refuses_is_told_without_the_key(duty: Callable[[Peer], PagerDutyChannel]) -> None:
    unfit = web.Response(status=400, text=f'{{"status": "invalid event", "errors": ["{KEY} is no key"]}}')
    busy = web.Response(status=429)
    _, (first, second) = posted(duty, message(), message(), answers=(unfit, busy))
    assert isinstance(first, ChannelError)
    assert first.permanent
    assert "invalid event" in str(first)
    assert KEY not in str(first)
    assert isinstance(second, ChannelError)
    assert not second.permanent


def test_the_other_region_of_pagerduty() -> None:
    assert pagerduty.ADDRESSES["eu"].startswith("https://events.eu.pagerduty.com/")


# ------------------------------------------------------------------------------------------------------------ webhooks

SECRET = "whsec_" + base64.b64encode(b"a key of our own, long enough").decode()


def hook(given: Peer, clock: float = 1_790_000_000.7) -> WebhookChannel:
    return WebhookChannel("siem", f"{given.url}/hook?x=1", "env:SECRET", Poster(HERE), lambda: clock)


def test_a_receiver_can_check_who_sent_it_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    given, came = posted(hook, message())
    assert came == [Sent()]
    [taken] = given.taken
    moment, identity = taken.headers["webhook-timestamp"], taken.headers["webhook-id"]
    assert (identity, moment) == (message().id, "1790000000")
    signed = f"{identity}.{moment}.".encode() + taken.body
    expected = hmac.new(b"a key of our own, long enough", signed, hashlib.sha256).digest()
    assert taken.headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    body = msgspec.json.decode(taken.body)
    assert body["type"] == "findings.opened"
    assert body["data"]["findings"][0]["id"] == told().id


def test_sent_again_it_bears_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "a secret that is no base64 but long")
    given, came = posted(hook, message(), message(), answers=(web.Response(status=500),))
    assert isinstance(came[0], ChannelError)
    assert isinstance(came[1], Sent)
    first, second = given.taken
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize("secret", ["brief", "whsec_???" + "x" * 30])
def test_a_secret_that_protects_nothing_is_refused(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", secret)
    given, [came] = posted(hook, message())
    assert isinstance(came, ChannelError)
    assert "env:SECRET" in str(came)
    assert secret not in str(came)
    assert not given.taken


def test_the_address_may_be_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", SECRET)

    def build(given: Peer) -> Any:
        monkeypatch.setenv("ADDRESS", f"{given.url}/s3cr3t-path")
        return KINDS["webhook"].build(
            "siem", WebhookSettings(url="env:ADDRESS", secret="env:SECRET", allow=HERE)
        )

    given, [came] = posted(build, message(), answers=(web.Response(status=500, text="/s3cr3t-path"),))
    assert given.taken[0].path == "/s3cr3t-path"
    assert "s3cr3t" not in str(came)


# ---------------------------------------------------------------------------------------------------------------- AWS


def test_sns_gets_text_with_attributes_to_filter_by() -> None:
    cloud = Cloud(Publish=[{"MessageId": "m-1"}])
    one = SnsChannel("topic", TOPIC, True, Wording(TEXT), cloud)
    assert asyncio.run(one.send(message())) == Sent(receipt="m-1")
    [(account, region, operation, params)] = cloud.sent
    assert (account, region, operation) == ("", "eu-west-1", "sns:Publish")
    assert "Where: shop-photos" in params["Message"]
    assert params["MessageAttributes"]["severity"]["StringValue"] == "critical"
    assert msgspec.json.decode(params["MessageAttributes"]["account"]["StringValue"]) == ["222222222222"]
    assert "MessageGroupId" not in params


def test_an_ordered_topic_keeps_the_order_of_a_finding_and_what_comes_twice_out() -> None:
    cloud = Cloud()
    asyncio.run(SnsChannel("topic", f"{TOPIC}.fifo", True, Wording(TEXT), cloud).send(message()))
    params = cloud.sent[0][3]
    assert (params["MessageGroupId"], params["MessageDeduplicationId"]) == (told().id, message().id)


def test_json_for_sns_is_not_larger_than_it_takes() -> None:
    cloud = Cloud()
    many = message(*[told(reason="é" * 9_000)] * 100)
    asyncio.run(SnsChannel("topic", TOPIC, False, Wording(TEXT), cloud).send(many))
    text = cloud.sent[0][3]["Message"]
    assert len(text) < 256_000
    body = msgspec.json.decode(text)
    assert body["more"] + len(body["findings"]) == 100


@pytest.mark.parametrize("title", ["", " ", "ok", "x" * 500, "naïve 漢字\n\x00", "…"])
def test_subjects_are_as_sns_takes_them(title: str) -> None:
    made = subject(title)
    assert 0 < len(made) < 100
    assert made.isascii()
    assert made.isprintable()


def test_eventbridge_gets_an_event_for_each_finding() -> None:
    cloud = Cloud()
    asyncio.run(EventBridgeChannel("bus", BUS, cloud).send(message(*[told()] * 23)))
    assert [len(each[3]["Entries"]) for each in cloud.sent] == [10, 10, 3]
    entry = cloud.sent[0][3]["Entries"][0]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "liveaudit",
        "Finding Opened",
        BUS,
    )
    detail = msgspec.json.decode(entry["Detail"])
    assert detail["id"] == f"{message().id}/{told().id}"
    assert detail["finding"]["resource"] == "shop-photos"


def test_events_that_are_large_are_sent_apart_and_those_not_taken_are_sent_again() -> None:
    cloud = Cloud()
    asyncio.run(EventBridgeChannel("bus", BUS, cloud).send(message(*[told(reason="x" * 100_000)] * 5)))
    assert [len(each[3]["Entries"]) for each in cloud.sent] == [2, 2, 1]
    refused = {"Entries": [{}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "slowly"}]}
    came = asyncio.run(_came(EventBridgeChannel("bus", BUS, Cloud(PutEvents=[refused])).send(message())))
    assert isinstance(came, ChannelError)
    assert "1 of 1 events" in str(came)
    assert not came.permanent


@pytest.mark.parametrize(
    ("error", "permanent", "hint"),
    [
        (AwsCallError(Why.DENIED, "AccessDenied", "no", "Publish"), False, "allow it"),
        (AwsCallError(Why.ANSWER, "InvalidParameter", "no", "Publish"), True, "InvalidParameter"),
        (AwsCallError(Why.ANSWER, "NotFound", "no topic", "Publish"), False, "no topic"),
        (AwsCallError(Why.THROTTLED, "Throttling", "slow", "Publish"), False, "Throttling"),
    ],
)
def test_what_aws_refuses(error: AwsCallError, permanent: bool, hint: str) -> None:
    one = SnsChannel("topic", TOPIC, True, Wording(TEXT), Cloud(Publish=[error]))
    came = asyncio.run(_came(one.send(message())))
    assert isinstance(came, ChannelError)
    assert came.permanent == permanent
    assert hint in str(came)


def hub(cloud: Cloud, **settings: Any) -> SecurityHubChannel:
    return SecurityHubChannel("hub", SecurityHubSettings(**settings), cloud)


def test_each_finding_goes_to_the_security_hub_of_its_account() -> None:
    cloud = Cloud()
    elsewhere = told(found(account="333333333333", region="global"))
    asyncio.run(hub(cloud, role="liveaudit-hub").send(message(told(), elsewhere)))
    assert [each[:3] for each in cloud.sent] == [
        ("222222222222", "eu-west-1", "securityhub:BatchUpdateFindings"),
        ("222222222222", "eu-west-1", "securityhub:BatchImportFindings"),
        ("333333333333", "us-east-1", "securityhub:BatchUpdateFindings"),
        ("333333333333", "us-east-1", "securityhub:BatchImportFindings"),
    ]
    imported = cloud.sent[1][3]["Findings"][0]
    assert imported["ProductArn"] == "arn:aws:securityhub:eu-west-1:222222222222:product/222222222222/default"


def test_or_all_go_to_one() -> None:
    cloud = Cloud()
    given = message(told(), told(found(account="333333333333", status="suppressed"), status="suppressed"))
    asyncio.run(hub(cloud, account="111111111111", region="eu-central-1").send(given))
    [first, second, imports] = cloud.sent
    assert imports[:2] == ("", "eu-central-1")
    assert {each["AwsAccountId"] for each in imports[3]["Findings"]} == {"111111111111"}
    arn = "arn:aws:securityhub:eu-central-1:111111111111:product/111111111111/default"
    assert {each["ProductArn"] for each in imports[3]["Findings"]} == {arn}
    assert {each[3]["Workflow"]["Status"] for each in (first, second)} == {"NEW", "SUPPRESSED"}
    assert first[3]["FindingIdentifiers"][0]["ProductArn"] == arn


def test_what_security_hub_does_not_take_is_told() -> None:
    failed = {
        "FailedFindings": [{"Id": "liveaudit/1", "ErrorCode": "TooLarge", "ErrorMessage": "too\nlarge"}]
    }
    came = asyncio.run(_came(hub(Cloud(BatchImportFindings=[failed]), account="1" * 12).send(message())))
    assert isinstance(came, ChannelError)
    assert came.permanent
    assert "TooLarge: too\\u000alarge" in str(came)


def test_what_is_not_there_yet_is_no_failure_of_the_first_import() -> None:
    missing = {"UnprocessedFindings": [{"FindingIdentifier": {"Id": "x"}, "ErrorCode": "FindingNotFound"}]}
    other = {
        "UnprocessedFindings": [{"FindingIdentifier": {"Id": "x"}, "ErrorCode": "ConcurrentUpdateError"}]
    }
    asyncio.run(hub(Cloud(BatchUpdateFindings=[missing]), account="1" * 12).send(message()))
    came = asyncio.run(_came(hub(Cloud(BatchUpdateFindings=[other]), account="1" * 12).send(message())))
    assert isinstance(came, ChannelError)
    assert "ConcurrentUpdateError" in str(came)


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"account": "1" * 12, "region": "eu-west-1"}, {("", "eu-west-1")}),
        ({"account": "1" * 12}, {("", "eu-west-1"), ("", "us-east-1")}),
        ({"role": "hub"}, {("2" * 12, "eu-west-1"), ("3" * 12, "us-east-1")}),
    ],
)
def test_people_are_heard_where_findings_are_told(
    settings: dict[str, str], asked: set[tuple[str, str]]
) -> None:
    given = {
        "Findings": [
            {
                "Id": "liveaudit/f-1",
                "AwsAccountId": "2" * 12,
                "ProductFields": {"liveaudit/status": "new"},
                "Workflow": {"Status": "SUPPRESSED"},
                "Note": {"Text": "why"},
            },
            {"Id": "others/f-2", "Workflow": {"Status": "SUPPRESSED"}},
            {},
        ]
    }
    cloud = Cloud(GetFindings=[given])
    heard = asyncio.run(hub(cloud, **settings).heard([("2" * 12, "eu-west-1"), ("3" * 12, "global")], []))
    assert heard == [Heard("f-1", "new", "SUPPRESSED", "why", "2" * 12)]
    assert {each[:2] for each in cloud.sent} == asked


def test_what_was_set_there_is_asked_about_by_id() -> None:
    cloud = Cloud()
    asyncio.run(
        hub(cloud, account="1" * 12, region="eu-west-1").heard([("2" * 12, "x")], [str(n) for n in range(45)])
    )
    filters = [each[3]["Filters"] for each in cloud.sent]
    assert [len(each.get("Id", [])) for each in filters] == [0, 20, 20, 5]


@pytest.mark.parametrize(
    ("workflow", "there", "here", "by", "expected"),
    [
        ("SUPPRESSED", "new", "new", "", Decision.SUPPRESS),
        ("SUPPRESSED", "in review", "in review", "person:ann", Decision.SUPPRESS),
        ("SUPPRESSED", "suppressed", "suppressed", "person:ann", None),
        ("SUPPRESSED", "false positive", "false positive", "person:ann", None),
        # it moved here, and is about to be told there
        ("SUPPRESSED", "suppressed", "reopened", "", None),
        ("NOTIFIED", "reopened", "reopened", "", Decision.REVIEW),
        ("NOTIFIED", "in review", "in review", "person:ann", None),
        ("NOTIFIED", "suppressed", "suppressed", "person:ann", None),
        ("NEW", "suppressed", "suppressed", "person:Security Hub", Decision.REOPEN),
        ("NEW", "suppressed", "suppressed", "person:ann", None),
        ("RESOLVED", "new", "new", "", None),
        ("SUPPRESSED", "", "", "", None),
    ],
)
def test_what_people_decided_there(
    workflow: str, there: str, here: str, by: str, expected: Decision | None
) -> None:
    assert wanted(Heard("f-1", there, workflow, "", "1" * 12), here, by) == expected


# ------------------------------------------------------------------------------------------------------------- apprise


APPRISE = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Of its plugins, which are all loaded at the first time."""


def knocked(
    url: str, *answers: web.Response, allow: tuple[str, ...] = HERE
) -> tuple[Peer, Sent | ChannelError]:
    """What a peer gets by apprise, and what comes of it. ``url``: with PEER where its address stands."""

    def build(given: Peer) -> Any:
        os.environ["APPRISE_URL"] = url.replace("PEER", given.url.removeprefix("http://"))
        return KINDS["apprise"].build("phones", AppriseSettings(url="env:APPRISE_URL", allow=allow))

    given, [came] = posted(build, message(), answers=answers)
    return given, came


@APPRISE
def test_apprise_sends_title_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPRISE_URL", "")
    given, came = knocked("json://PEER/s3cr3t")
    assert came == Sent()
    body = msgspec.json.decode(given.taken[0].body)
    assert body["title"] == "1 finding opened"
    assert "shop-photos" in body["message"]


@APPRISE
def test_apprise_is_guarded_and_tells_nothing_of_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPRISE_URL", "")
    given, private = knocked("json://PEER/s3cr3t", allow=())
    _, failed = knocked("json://PEER/s3cr3t", web.Response(status=500, text="s3cr3t"))
    onward = web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})
    _, sent_on = knocked("json://PEER/s3cr3t", onward)
    _, strange = knocked("nosuch://s3cr3t")
    assert not given.taken
    for came, part in (
        (private, "not reached"),
        (failed, "not taken"),
        (sent_on, "not taken"),
        (strange, "understand"),
    ):
        assert isinstance(came, ChannelError)
        assert part in str(came)
        assert not came.permanent
        assert "s3cr3t" not in str(came)


def test_s3_gets_ocsf_in_the_partitions_of_security_lake() -> None:
    cloud = Cloud()
    elsewhere = Resource("aws", "333333333333", "global", "AWS::IAM::User", "ann")
    given = message(told(), told(), told(resource=elsewhere, at=1_790_000_000.0))
    one = S3Channel("lake", S3Settings(bucket="lake", region="eu-west-1"), cloud)
    asyncio.run(one.send(given))
    asyncio.run(one.send(given))
    first, second, *again = (each[3] for each in cloud.sent)
    assert (
        first["Key"]
        == f"ext/liveaudit/region=eu-west-1/accountId=222222222222/eventDay=20270115/{given.id}.jsonl.gz"
    )
    assert second["Key"].startswith(
        "ext/liveaudit/region=us-east-1/accountId=333333333333/eventDay=20260921/"
    )
    lines = gzip.decompress(first["Body"]).splitlines()
    assert [msgspec.json.decode(each)["class_uid"] for each in lines] == [2003, 2003]
    # what is sent again takes the place of what is there
    assert again == [first, second]


def test_s3_gets_parquet_in_the_partition_of_the_buckets_region_by_the_role_of_the_source() -> None:
    cloud = Cloud()
    elsewhere = Resource("aws", "333333333333", "global", "AWS::IAM::User", "ann")
    given = message(told(), told(resource=elsewhere), told(at=1_790_000_000.0))
    role = "arn:aws:iam::999999999999:role/AmazonSecurityLake-Provider-liveaudit-eu-west-1"
    settings = S3Settings(bucket="lake", region="eu-west-1", format="parquet", role=role)
    one = S3Channel("lake", settings, cloud)
    asyncio.run(one.send(given))
    asyncio.run(one.send(given))
    assert {(each[0], each[1], each[2]) for each in cloud.sent} == {
        ("999999999999", "eu-west-1", "s3:PutObject")
    }
    first, second, third, *again = (each[3] for each in cloud.sent)
    place = "ext/liveaudit/region=eu-west-1/accountId="
    assert [each["Key"] for each in (first, second, third)] == [
        f"{place}222222222222/eventDay=20270115/{given.id}.parquet",
        f"{place}333333333333/eventDay=20270115/{given.id}.parquet",
        f"{place}222222222222/eventDay=20260921/{given.id}.parquet",
    ]
    assert first["Body"].startswith(b"PAR1")
    assert "ContentEncoding" not in first
    assert again == [first, second, third]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_s3_keeps_every_move_as_it_was_when_the_finding_has_moved_on(form: str) -> None:
    now = found(status="resolved", reason="", closed_at=1_800_000_300.0, updated_at=1_800_000_300.0)
    opened = told(now, status="new", at=1_800_000_060.0, reason="everybody may read it")
    over = told(now, what=Kind.RESOLVED, at=1_800_000_300.0, reason="nobody may read it any more")
    cloud = Cloud()
    settings = msgspec.convert({"bucket": "lake", "region": "eu-west-1", "format": form}, S3Settings)
    one = S3Channel("lake", settings, cloud)
    [(params, rows)] = one.objects(message(opened, over))
    assert params["Key"].endswith(form if form == "parquet" else "jsonl.gz")
    assert [each["activity_name"] for each in rows] == ["Create", "Close"]
    assert [each["status"] for each in rows] == ["New", "Resolved"]
    assert [each["time"] for each in rows] == [1_800_000_060_000, 1_800_000_300_000]
    assert [each["message"] for each in rows] == ["everybody may read it", "nobody may read it any more"]
    assert len({each["metadata"]["uid"] for each in rows}) == 2
