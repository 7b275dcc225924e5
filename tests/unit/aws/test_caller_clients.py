"""One client for all accounts, whose requests the account that is called signs, with credentials that are renewed."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from botocore.awsrequest import AWSRequest

from liveaudit.aws import caller as module
from liveaudit.aws import tls
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.aws.tls import SharedTlsSession
from tests.support.fake import Clock

SECOND_IN_HOUR = 3600.0


class Raw:
    """An HTTP body that is there already."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def read(self) -> bytes:
        return self.body


class Sent:
    """Answers every request in place of AWS, and notes who signed it: the access key in the Authorization header."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.signed: list[tuple[str, str]] = []
        self.assumed = 0

    async def __call__(self, request: AWSRequest, **_: Any) -> AioAWSResponse:
        signer = str(request.headers["Authorization"]).split("Credential=")[1].split("/")[0]
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        action = body.decode().split("Action=")[1].split("&")[0]
        self.signed.append((action, signer.removeprefix("b'")))
        await asyncio.sleep(0)
        if action == "AssumeRole":
            self.assumed += 1
            account = body.decode().split("iam%3A%3A")[1][:12]
            ends = dt.datetime.fromtimestamp(self.clock() + SECOND_IN_HOUR, tz=dt.UTC).isoformat()
            text = (
                "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                f"<AccessKeyId>{account}-{self.assumed}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                f"<SessionToken>t</SessionToken><Expiration>{ends}</Expiration>"
                "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
            )
        else:
            text = "<ListUsersResponse><ListUsersResult><Users/></ListUsersResult></ListUsersResponse>"
        return AioAWSResponse(str(request.url), 200, {}, Raw(text.encode()))


def role_of(account: str) -> RoleToAssume:
    return RoleToAssume(f"arn:aws:iam::{account}:role/r", "external")


@asynccontextmanager
async def calling(
    monkeypatch: pytest.MonkeyPatch, roles: Mapping[str, RoleToAssume] | None = None
) -> AsyncIterator[tuple[AwsCaller, Sent, Clock, list[str]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ambient")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clock = Clock()
    sent = Sent(clock)
    made: list[str] = []
    caller = AwsCaller(role_of if roles is None else roles, clock=clock)
    create = caller._create

    def creating(client: str, region: str, *, own: bool) -> Any:
        made.append(client)
        return create(client, region, own=own)

    monkeypatch.setattr(caller, "_create", creating)
    caller._session.register("before-send", sent)
    yield caller, sent, clock, made
    await caller.close()


def signers(sent: Sent) -> list[str]:
    return [signer for action, signer in sent.signed if action == "ListUsers"]


def test_one_client_and_every_account_signs_its_own_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with calling(monkeypatch) as (caller, sent, _, made):
            accounts = [f"{number:012}" for number in range(1, 21)]
            await asyncio.gather(
                *(caller.call(each, "eu-west-1", "iam", "ListUsers", {}) for each in accounts * 3)
            )
            assert sorted(made) == ["iam", "sts"]
            assert sent.assumed == 20
            assert {each.split("-")[0] for each in signers(sent)} == set(accounts)
            assert len(signers(sent)) == 60
            assert caller.counts["000000000007", "eu-west-1", "iam", "ListUsers"] == 3

    asyncio.run(run())


def test_credentials_are_renewed_before_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with calling(monkeypatch) as (caller, sent, clock, made):
            account = "1" * 12
            await caller.call(account, "eu-west-1", "iam", "ListUsers", {})
            clock.now += SECOND_IN_HOUR - module._RENEW_BEFORE - 1
            await caller.call(account, "eu-west-1", "iam", "ListUsers", {})
            clock.now += 1
            await caller.call(account, "eu-west-1", "iam", "ListUsers", {})
            assert signers(sent) == [f"{account}-1", f"{account}-1", f"{account}-2"]
            assert made.count("iam") == 1

    asyncio.run(run())


def test_without_a_role_the_ambient_credentials_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with calling(monkeypatch, {"1" * 12: role_of("1" * 12)}) as (caller, sent, _, _made):
            await caller.call("2" * 12, "eu-west-1", "iam", "ListUsers", {})
            await caller.call("1" * 12, "eu-west-1", "iam", "ListUsers", {})
            await caller.call(module.AMBIENT, "eu-west-1", "iam", "ListUsers", {})
            assert signers(sent) == ["ambient", f"{'1' * 12}-1", "ambient"]

    asyncio.run(run())


def test_clients_share_the_context_of_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    build = SharedTlsSession._build_verify_context

    def counted(session: SharedTlsSession) -> Any:
        made.append(session)
        return build(session)

    monkeypatch.setattr(SharedTlsSession, "_build_verify_context", counted)
    monkeypatch.setattr(tls, "_KEPT", {})
    first, second = (SharedTlsSession(verify=True) for _ in range(2))
    contexts = {id(each._build_ssl_contexts(None)[0]) for each in (first, second)}
    assert (len(contexts), len(made)) == (1, 1)
    plain = SharedTlsSession(verify=False)._build_ssl_contexts(None)[0]
    assert plain.verify_mode == ssl.CERT_NONE
    assert first._build_ssl_contexts(None)[0].verify_mode == ssl.CERT_REQUIRED
    assert first._build_ssl_contexts("http://127.0.0.1:1")[1] is not None
