"""One door to AWS's calls: a client per service and region, kept, for all accounts; pages merged; errors sorted.

Making a client takes 30 ms of CPU and up to a megabyte, so thousands of accounts share one: whose credentials sign a
request is told with the call.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from liveaudit import __version__
from liveaudit.aws.budget import Budget, Unlimited
from liveaudit.aws.errors import AwsCallError, Kind, from_response
from liveaudit.aws.meter import REQUEST_DONE, Meter, Unmetered, handler
from liveaudit.aws.slots import Slot
from liveaudit.aws.tls import SharedTlsSession

USER_AGENT = f"liveaudit/{__version__}"
SESSION_NAME = "liveaudit"
AMBIENT = ""
"""In the place of an account: whatever it is, it is entered with the ambient credentials."""
_RENEW_BEFORE = 300.0
"""Seconds before their end at which credentials are renewed."""


class Caller(Protocol):
    """What the audit needs of AWS."""

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """The operation's answer as boto3 shapes it, all pages merged (or the first alone). Raises AwsCallError."""


class ClosingCaller(Caller, Protocol):
    """One that whoever opened it closes."""

    async def close(self) -> None:
        """Let go of all connections."""


@dataclass(frozen=True, slots=True)
class RoleToAssume:
    """How an account is entered; no role: with the ambient credentials."""

    role_arn: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class _Assumed:
    """The credentials of a role, and until when they are good (Unix seconds)."""

    credentials: AioCredentials
    expires: float


@dataclass(frozen=True, slots=True)
class _Kept:
    client: Any
    context: AbstractAsyncContextManager[Any]


_NOBODY = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nobody"}
"""What a client is made with whose requests others sign: so that nobody looks for ambient credentials."""
_SIGNER: ContextVar[AioCredentials | None] = ContextVar("liveaudit_signer", default=None)
"""Whose credentials sign the requests of the call under way; None: the client's own."""


def _sign_for_account(request: Any, **_: Any) -> None:
    """Let the account that is called sign. A hook of botocore's, before signing; a retry passes here again."""
    signer = _SIGNER.get()
    if signer is not None:
        request.context.setdefault("signing", {})["request_credentials"] = signer


@dataclass(slots=True)
class _Call:
    """The call under way. ``tell``: takes the operation and the outcome of each of its requests.

    ``take``: waits for the token of one more of them (a page, a try); meanwhile others have its ``slot``.
    """

    tell: Callable[[str, Kind | None], None]
    take: Callable[[], Awaitable[None]] | None = None
    slot: Slot = field(default_factory=Slot)
    sent: int = 0


_CALL: ContextVar[_Call | None] = ContextVar("liveaudit_call", default=None)


async def _before_request(**_: Any) -> None:
    """A hook of botocore's, before each request."""
    call = _CALL.get()
    if call is None:
        return
    call.sent += 1
    if call.sent > 1 and call.take is not None:
        call.slot.give_up()
        await call.take()
        await call.slot.take()


def _requested(operation: str, kind: Kind | None) -> None:
    """Tell of a request to whom the call belongs."""
    call = _CALL.get()
    if call is not None:
        call.tell(operation, kind)


def is_aws_host(endpoint_url: str) -> bool:
    """Whether a URL is AWS's own. Elsewhere (an emulator) the account cannot be put in front of the host."""
    host = (urlsplit(endpoint_url).hostname or "").lower()
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"))


def is_emulated(client: str) -> bool:
    """Whether the environment sends a client's calls elsewhere than to AWS."""
    service_variable = f"AWS_ENDPOINT_URL_{client.upper().replace('-', '_')}"
    endpoint = os.environ.get(service_variable) or os.environ.get("AWS_ENDPOINT_URL")
    return bool(endpoint) and not is_aws_host(endpoint or "")


def client_config(client: str, *, retries: int = 3, read_timeout: float = 30) -> dict[str, Any]:
    """Settings of our clients, for botocore's and aiobotocore's Config alike."""
    settings: dict[str, Any] = {
        "user_agent": USER_AGENT,
        "retries": {"mode": "standard", "total_max_attempts": retries},
        "connect_timeout": 5,
        "read_timeout": read_timeout,
        "max_pool_connections": 64,
    }
    if is_emulated(client) and client == "s3":
        settings["s3"] = {"addressing_style": "path"}
    return settings


_ACCOUNT_BEFORE_ADDRESS = re.compile(r"^(https?://)\d{12}\.((?:\d{1,3}\.){3}\d{1,3}|localhost)(?=[:/]|$)")


def drop_account_from_host(request: Any, **_: Any) -> None:
    """Undo what the endpoint rules of S3 Control do to an emulator's address: ``123456789012.127.0.0.1`` is nowhere.

    The account stands in the header ``x-amz-account-id`` all the same. A hook of botocore's, before signing.
    """
    request.url = _ACCOUNT_BEFORE_ADDRESS.sub(r"\1\2", request.url)


@lru_cache(maxsize=8192)
def method_name(operation: str) -> str:
    """botocore's method for an operation: ``GetBucketAcl`` is ``get_bucket_acl``."""
    from botocore import xform_name

    return str(xform_name(operation))


class AwsCaller:
    """Calls AWS through aiobotocore. One per event loop; close it when done.

    ``roles``: the role that is assumed for an account, as a mapping or a function of its id; none: the ambient
    credentials. ``profile``: boto3's profile of these. ``in_flight``, ``in_account``: calls at once, in all and in
    one account. ``read_timeout``: seconds that an answer may take. ``meter``: is told of every request. ``budget``: lets every request of :meth:`call` go; it is no limit at
    first.
    """

    def __init__(
        self,
        roles: Mapping[str, RoleToAssume] | Callable[[str], RoleToAssume | None] | None = None,
        *,
        profile: str | None = None,
        in_flight: int = 64,
        in_account: int = 16,
        home: str = "us-east-1",
        retries: int = 3,
        read_timeout: float = 30,
        clock: Callable[[], float] = time.time,
        meter: Meter | None = None,
    ) -> None:
        self.meter: Meter = meter or Unmetered()
        self.budget: Budget = Unlimited()
        self.role_of = roles if callable(roles) else dict(roles or {}).get
        self._profile = profile
        self._session = AioSession(profile=profile)
        self._clock = clock
        self._clients: dict[tuple[str, str, bool], _Kept] = {}
        self._assumed: dict[str, _Assumed] = {}
        self._locks: dict[object, asyncio.Lock] = {}
        self._limit = asyncio.Semaphore(in_flight)
        self._in_account = in_account
        self._account_limits: dict[str, asyncio.Semaphore] = {}
        self._home = home
        self._retries, self._read_timeout = retries, read_timeout
        self.counts: Counter[tuple[str, str, str, str]] = Counter()

    async def close(self) -> None:
        """Let go of all connections."""
        while self._clients:
            _, kept = self._clients.popitem()
            await kept.context.__aexit__(None, None, None)

    def waiting(self, read_timeout: float) -> AwsCaller:
        """Another door with the same roles, for calls that take long and must not be made twice: each is tried once."""
        return AwsCaller(
            self.role_of,
            profile=self._profile,
            home=self._home,
            retries=1,
            read_timeout=read_timeout,
            clock=self._clock,
            meter=self.meter,
        )

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """See :class:`Caller`."""
        take = partial(self.budget.take, account, region, client, operation)
        await take()
        limit = self._account_limits.setdefault(account, asyncio.Semaphore(self._in_account))
        async with Slot(limit, self._limit) as slot:
            under_way = _Call(partial(self._told, account, region, client), take, slot)
            return await self._call(account, region, client, operation, params, pages=pages, call=under_way)

    async def call_beside(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = False,
    ) -> Mapping[str, Any]:
        """The same, beside the calls that are counted as in flight and have a budget: for a long poll, which only waits."""
        under_way = _Call(partial(self._told, account, region, client))
        return await self._call(account, region, client, operation, params, pages=pages, call=under_way)

    async def _call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool,
        call: _Call,
    ) -> Mapping[str, Any]:
        signer = await self._signer(account)
        made = await self._client(client, region, own=signer is None)
        method = method_name(operation)
        self.counts[account, region, client, operation] += 1
        before = _SIGNER.set(signer)
        call_before = _CALL.set(call)
        try:
            if pages and made.can_paginate(method):
                answer = await made.get_paginator(method).paginate(**params).build_full_result()
            else:
                answer = await getattr(made, method)(**params)
        except ClientError as error:
            raise from_response(error.response, operation) from error
        except ParamValidationError as error:
            raise AwsCallError(Kind.UNSUPPORTED, "ParamValidation", str(error), operation) from error
        except ResponseParserError as error:
            raise AwsCallError(Kind.UNSUPPORTED, "ResponseParserError", str(error), operation) from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise AwsCallError(Kind.UNAVAILABLE, type(error).__name__, str(error), operation) from error
        finally:
            _SIGNER.reset(before)
            _CALL.reset(call_before)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _told(self, account: str, region: str, client: str, operation: str, kind: Kind | None) -> None:
        self.meter.requested(account, region, client, operation, kind)
        if kind is Kind.THROTTLED:
            self.budget.throttled(account, region, client)

    async def _client(self, client: str, region: str, *, own: bool) -> Any:
        """The kept client of a service in a region. ``own``: the one that signs with the ambient credentials."""
        key = (client, region, own)
        kept = self._clients.get(key)
        if kept is None:
            async with self._locks.setdefault(key, asyncio.Lock()):
                kept = self._clients.get(key)
                if kept is None:
                    context = self._create(client, region, own=own)
                    made = await context.__aenter__()
                    made.meta.events.register("before-sign.s3-control", drop_account_from_host)
                    made.meta.events.register("before-send", _before_request)
                    made.meta.events.register(REQUEST_DONE, handler(_requested))
                    if not own:
                        made.meta.events.register("before-sign", _sign_for_account)
                    kept = self._clients[key] = _Kept(made, context)
        return kept.client

    def _create(self, client: str, region: str, *, own: bool) -> Any:
        settings = client_config(client, retries=self._retries, read_timeout=self._read_timeout)
        config = AioConfig(http_session_cls=SharedTlsSession, **settings)
        keys = {} if own else _NOBODY
        return self._session.create_client(client, region_name=region, config=config, **keys)

    async def _signer(self, account: str) -> AioCredentials | None:
        """The credentials of an account's role, renewed in time; None: no role. Raises AwsCallError when it is refused."""
        role = None if account == AMBIENT else self.role_of(account)
        if role is None or not role.role_arn:
            return None
        async with self._locks.setdefault(account, asyncio.Lock()):
            kept = self._assumed.get(account)
            if kept is None or kept.expires <= self._clock():
                kept = self._assumed[account] = await self._assume(role)
            return kept.credentials

    async def _assume(self, role: RoleToAssume) -> _Assumed:
        params = {"RoleArn": role.role_arn, "RoleSessionName": SESSION_NAME}
        if role.external_id:
            params["ExternalId"] = role.external_id
        try:
            sts = await self._client("sts", self._home, own=True)
            answer = await sts.assume_role(**params)
        except ClientError as error:
            raise from_response(error.response, f"AssumeRole {role.role_arn}") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise AwsCallError(Kind.UNAVAILABLE, type(error).__name__, str(error), "AssumeRole") from error
        given = answer["Credentials"]
        return _Assumed(
            AioCredentials(
                given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], method="assume-role"
            ),
            given["Expiration"].timestamp() - _RENEW_BEFORE,
        )
