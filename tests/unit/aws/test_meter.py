"""Every request is counted and needs a token: also each try that botocore makes unseen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from liveaudit.aws.caller import AwsCaller
from liveaudit.aws.errors import AwsCallError, Kind

ANSWERS = {
    "ok": (
        200,
        "<GetUserResponse><GetUserResult><User><UserName>u</UserName></User></GetUserResult></GetUserResponse>",
    ),
    "slow": (
        400,
        "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
    ),
    "no": (
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
    ),
    "none": (
        404,
        "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>",
    ),
}


class Noted:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str, str, Kind | None]] = []

    def requested(self, account: str, region: str, client: str, operation: str, kind: Kind | None) -> None:
        """See Meter."""
        self.told.append((account, region, client, operation, kind))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A server that gives these answers, one after the other."""
    left: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = ANSWERS[left.pop(0)]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    yield left
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("given", "kinds", "raised"),
    [
        (["ok"], [None], None),
        (["slow", "slow", "ok"], [Kind.THROTTLED, Kind.THROTTLED, None], None),
        (["slow", "slow", "slow"], [Kind.THROTTLED] * 3, Kind.THROTTLED),
        (["no"], [Kind.DENIED], Kind.DENIED),
        (["none"], [Kind.ANSWER], Kind.ANSWER),
    ],
)
def test_every_request_is_counted(
    answers: list[str], given: list[str], kinds: list[Kind | None], raised: Kind | None
) -> None:
    async def run() -> tuple[Noted, Kind | None]:
        meter = Noted()
        caller = AwsCaller(meter=meter)
        answers[:] = given
        try:
            await caller.call("1" * 12, "us-east-1", "iam", "GetUser", {"UserName": "u"})
        except AwsCallError as error:
            return meter, error.kind
        finally:
            await caller.close()
        return meter, None

    meter, kind = asyncio.run(run())
    assert meter.told == [("1" * 12, "us-east-1", "iam", "GetUser", each) for each in kinds]
    assert kind == raised
    assert answers == []


class Tokens:
    """A budget with so many tokens."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.slowed = 0

    async def take(self, account: str, region: str, client: str, operation: str) -> None:
        """See Budget."""
        if not self.tokens:
            raise AwsCallError(Kind.THROTTLED, "OwnBudget", "no more", operation)
        self.tokens -= 1

    def throttled(self, account: str, region: str, client: str) -> None:
        """See Budget."""
        self.slowed += 1


def test_every_try_needs_a_token(answers: list[str]) -> None:
    async def run() -> Tokens:
        caller = AwsCaller(in_flight=1, in_account=1)
        caller.budget = tokens = Tokens(5)
        answers[:] = ["slow", "slow", "ok", "ok", "ok", "ok"]
        for _ in range(2):
            await caller.call("1" * 12, "us-east-1", "iam", "GetUser", {"UserName": "u"})
        # the polls of queues are none of the budget's business
        await caller.call_beside("1" * 12, "us-east-1", "iam", "GetUser", {"UserName": "u"})
        await caller.close()
        return tokens

    tokens = asyncio.run(run())
    assert (tokens.tokens, tokens.slowed) == (1, 2)


def test_a_try_without_a_token_ends_the_call_and_nothing_is_held(answers: list[str]) -> None:
    async def run() -> tuple[Noted, list[Kind]]:
        meter, kinds = Noted(), []
        caller = AwsCaller(in_flight=1, in_account=1, meter=meter)
        answers[:] = ["slow", "ok"]
        for tokens in (1, 0, 1):
            caller.budget = Tokens(tokens)
            try:
                await caller.call("1" * 12, "us-east-1", "iam", "GetUser", {"UserName": "u"})
            except AwsCallError as error:
                kinds.append(error.kind)
        await caller.close()
        return meter, kinds

    meter, kinds = asyncio.run(run())
    assert kinds == [Kind.THROTTLED, Kind.THROTTLED]
    assert [kind for *_, kind in meter.told] == [Kind.THROTTLED, None]
    assert answers == []
