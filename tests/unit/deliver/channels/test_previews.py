"""What is previewed is what is sent, for every kind that is no text for people: held against what receivers get."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pyarrow.parquet
import pytest

from liveaudit.deliver.channels import KINDS, pagerduty
from liveaudit.deliver.channels.interface import Kind, Message, Sent
from liveaudit.deliver.channels.pagerduty import PagerDutyChannel
from liveaudit.deliver.channels.posting import Poster, place
from liveaudit.deliver.channels.security_hub import SecurityHubChannel
from liveaudit.deliver.formats.security_lake import rows
from liveaudit.deliver.trying import previewed
from liveaudit.settings.shape_of_channel_kinds import (
    EventBridgeSettings,
    PagerDutySettings,
    S3Settings,
    SecurityHubSettings,
    SlackSettings,
    SnsSettings,
    WebhookSettings,
)
from liveaudit.settings.shape_of_channels import FileSettings
from tests.support.peers import Peer, peer
from tests.unit.deliver.channels.messages import hostile_messages, message, told
from tests.unit.deliver.channels.test_systems import BUS, HERE, KEY, TOPIC, Cloud, posted

RESOLVED = message(told(status="resolved", what=Kind.RESOLVED), kind=Kind.RESOLVED)
MESSAGES = [
    message(),
    message(kind=Kind.TEST),
    RESOLVED,
    message(told(), told(severity="low")),
    *hostile_messages(),
]
HUB = SecurityHubSettings(account="111111111111", region="eu-west-1")
LAKE = S3Settings(bucket="lake", region="eu-west-1")
AWS: dict[str, Any] = {
    "sns": SnsSettings(topic=TOPIC),
    "sns, json": SnsSettings(topic=f"{TOPIC}.fifo", format="json"),
    "eventbridge": EventBridgeSettings(bus=BUS),
    "security_hub": HUB,
    "s3": LAKE,
    "s3, parquet": msgspec.structs.replace(LAKE, format="parquet"),
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets that channels need to send, and a preview does not."""
    monkeypatch.setenv("KEY", KEY)


def parts(text: str) -> list[tuple[str, dict[str, str], Any]]:
    """The requests of a preview: where, headers, body."""
    found = []
    while text:
        head, _, rest = text.partition("\n\n")
        to, *headers = head.splitlines()
        body, end = json.JSONDecoder().raw_decode(rest)
        found.append((to, dict(each.split(": ", 1) for each in headers), body))
        text = rest[end:].removeprefix("\n\n")
    return found


def harmless(text: str) -> None:
    assert text.isascii()
    assert all(each.isprintable() or each == "\n" for each in text)
    assert KEY not in text


def in_json(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def body_of(params: Mapping[str, Any]) -> Any:
    """What is in an object, of the bytes that S3 is given."""
    if params["Key"].endswith(".parquet"):
        table = pyarrow.parquet.read_table(io.BytesIO(params["Body"]))
        return table.column("unmapped").to_pylist()
    return [json.loads(each) for each in gzip.decompress(params["Body"]).splitlines()]


def test_every_kind_shows_its_requests_or_its_words() -> None:
    people = {name for name, kind in KINDS.items() if kind.requests is None}
    assert people == {"slack", "teams", "email", "apprise"}
    slack = KINDS["slack"].build("team", SlackSettings(url="env:KEY"))
    assert "Where: shop-photos" in previewed(KINDS["slack"], slack, message()).replace("`", "")


@pytest.mark.parametrize("given", MESSAGES, ids=range(len(MESSAGES)))
@pytest.mark.parametrize("name", list(AWS))
def test_calls_of_aws_are_those_that_are_made(name: str, given: Message) -> None:
    kind, cloud = KINDS[name.partition(",")[0]], Cloud()
    channel: Any = kind.build("one", AWS[name])
    channel.caller = cloud
    text = previewed(kind, channel, given)
    assert not cloud.asked
    harmless(text)
    asyncio.run(channel.send(given))
    shown = parts(text)
    assert len(shown) == len(cloud.asked) > 0
    for (to, headers, body), (_, region, operation, params) in zip(shown, cloud.sent, strict=True):
        assert not headers
        assert to.split()[0] == operation
        if isinstance(channel, SecurityHubChannel):
            assert to.endswith(f" of 111111111111 in {region}")
        sent = dict(params)
        if operation == "s3:PutObject":
            packed = body_of(params)
            same = [each["unmapped"] for each in body["Body"]] if name == "s3, parquet" else body["Body"]
            assert packed == same
            del sent["Body"], body["Body"]
        assert body == in_json(sent)


def test_rows_of_parquet_are_shown_whole() -> None:
    channel = KINDS["s3"].build("lake", AWS["s3, parquet"])
    [(_, _, body)] = parts(previewed(KINDS["s3"], channel, message()))
    assert body["Body"] == in_json(rows(each.stood for each in message().findings))
    assert body["Key"].endswith(".parquet")


def sends(build: Callable[[Peer], Any], *messages: Message) -> tuple[Any, Peer]:
    """A channel that has sent these, and the peer that got them."""
    made = []

    def kept(given: Peer) -> Any:
        made.append(build(given))
        return made[0]

    given, came = posted(kept, *messages)
    assert all(isinstance(each, Sent) for each in came)
    return made[0], given


def test_pagerduty_gets_what_is_shown_but_for_the_key() -> None:
    channel, given = sends(
        lambda to: PagerDutyChannel("oncall", "env:KEY", f"{to.url}/v2/enqueue", Poster(HERE)), *MESSAGES
    )
    shown = []
    for each in MESSAGES:
        text = previewed(KINDS["pagerduty"], channel, each)
        harmless(text)
        shown += parts(text)
    assert len(shown) == len(given.taken)
    for (to, headers, body), taken in zip(shown, given.taken, strict=True):
        assert to == f"POST {channel.url}"
        assert headers.items() <= {"Content-Type": taken.headers["content-type"]}.items()
        assert body.pop("routing_key") == "<what env:KEY holds>"
        assert {"routing_key": KEY, **body} == json.loads(taken.body)


def test_where_pagerduty_is_told_is_shown() -> None:
    channel = KINDS["pagerduty"].build("oncall", PagerDutySettings(key="ssm:/nosuch", region="eu"))
    [(to, _, body), _] = parts(previewed(KINDS["pagerduty"], channel, message(kind=Kind.TEST)))
    assert to == f"POST {pagerduty.ADDRESSES['eu']}"
    assert body["routing_key"] == "<what ssm:/nosuch holds>"


def test_webhooks_get_what_is_shown_but_for_the_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send() -> tuple[Any, Peer]:
        async with peer() as given:
            monkeypatch.setenv("ADDRESS", f"{given.url}/s3cr3t-path")
            made: Any = KINDS["webhook"].build(
                "siem", WebhookSettings(url="env:ADDRESS", secret="env:KEY", allow=HERE)
            )
            made.clock = lambda: 1_790_000_000.7
            for each in MESSAGES:
                await made.send(each)
            await made.aclose()
            return made, given

    channel, given = asyncio.run(send())
    assert len(given.taken) == len(MESSAGES)
    for each, taken in zip(MESSAGES, given.taken, strict=True):
        text = previewed(KINDS["webhook"], channel, each)
        harmless(text)
        assert "s3cr3t" not in text
        [(to, headers, body)] = parts(text)
        assert to == "POST <what env:ADDRESS holds>"
        assert headers.pop("webhook-signature") == "v1,<signed with what env:KEY holds>"
        assert {name.lower(): value for name, value in headers.items()}.items() <= taken.headers.items()
        assert set(headers) == {"Content-Type", "webhook-id", "webhook-timestamp"}
        assert body == json.loads(taken.body)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://siem.example.com/hooks/s3cr3t?token=s3cr3t", "https://siem.example.com/***"),
        ("https://ann:s3cr3t@siem.example.com:8443", "https://siem.example.com:8443"),
        ("file:/run/secrets/siem", "<what file:/run/secrets/siem holds>"),
    ],
)
def test_of_an_address_the_host_is_shown_and_what_may_be_a_secret_is_not(address: str, shown: str) -> None:
    assert place(address) == shown


def test_a_file_shows_its_line() -> None:
    channel = KINDS["file"].build("journal", FileSettings(path="/var/log/told.jsonl"))
    [(to, _, body)] = parts(previewed(KINDS["file"], channel, message()))
    assert to == "a line of /var/log/told.jsonl"
    assert body["findings"][0]["id"] == told().id
