"""One door to AWS's read calls: a client per account, region and service, kept; pages merged; errors sorted."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from liveaudit import __version__
from liveaudit.aws.errors import AwsCallError, Kind, from_response

USER_AGENT = f"liveaudit/{__version__}"
SESSION_NAME = "liveaudit"
AMBIENT = ""
"""In the place of an account: whatever it is, it is entered with the ambient credentials."""
_RENEW_BEFORE = 300.0
"""Seconds before their end at which credentials are renewed; as long, a client with the old ones may still be in use."""


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


@dataclass(frozen=True, slots=True)
class RoleToAssume:
    """How an account is entered; no role: with the ambient credentials."""

    role_arn: str = ""
    external_id: str = ""


@dataclass(slots=True)
class _Credentials:
    keys: Mapping[str, str]
    expires: float


@dataclass(slots=True)
class _Kept:
    client: Any
    context: AbstractAsyncContextManager[Any]
    expires: float


def is_aws_host(endpoint_url: str) -> bool:
    """Whether a URL is AWS's own. Elsewhere (an emulator) the account cannot be put in front of the host."""
    host = (urlsplit(endpoint_url).hostname or "").lower()
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"))


def client_config(client: str, *, retries: int = 3) -> dict[str, Any]:
    """Settings of our clients, for botocore's and aiobotocore's Config alike."""
    settings: dict[str, Any] = {
        "user_agent": USER_AGENT,
        "retries": {"mode": "standard", "total_max_attempts": retries},
        "connect_timeout": 5,
        "read_timeout": 30,
        "max_pool_connections": 64,
    }
    service_variable = f"AWS_ENDPOINT_URL_{client.upper().replace('-', '_')}"
    endpoint = os.environ.get(service_variable) or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint and not is_aws_host(endpoint) and client == "s3":
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
    credentials. ``profile``: boto3's profile of these. ``in_flight``: calls at once.
    """

    def __init__(
        self,
        roles: Mapping[str, RoleToAssume] | Callable[[str], RoleToAssume | None] | None = None,
        *,
        profile: str | None = None,
        in_flight: int = 64,
        home: str = "us-east-1",
        retries: int = 3,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.role_of = roles if callable(roles) else dict(roles or {}).get
        self._session = AioSession(profile=profile)
        self._clock = clock
        self._clients: dict[tuple[str, str, str], _Kept] = {}
        self._replaced: deque[tuple[float, _Kept]] = deque()
        self._credentials: dict[str, _Credentials] = {}
        self._locks: dict[object, asyncio.Lock] = {}
        self._limit = asyncio.Semaphore(in_flight)
        self._home = home
        self._retries = retries
        self.counts: Counter[tuple[str, str, str, str]] = Counter()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._close_replaced(float("inf"))
        while self._clients:
            _, kept = self._clients.popitem()
            await kept.context.__aexit__(None, None, None)

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
        made = await self.client(account, region, client)
        method = method_name(operation)
        async with self._limit:
            self.counts[account, region, client, operation] += 1
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
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    async def client(self, account: str, region: str, client: str) -> Any:
        """The kept client for this account, region and service. Raises AwsCallError when its role is refused."""
        key = (account, region, client)
        kept = self._clients.get(key)
        if kept is not None and kept.expires > self._clock():
            return kept.client
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._clients.get(key)
            if kept is not None and kept.expires > self._clock():
                return kept.client
            keys, expires = await self._keys(account)
            context = self._create(client, region, keys)
            made = await context.__aenter__()
            made.meta.events.register("before-sign.s3-control", drop_account_from_host)
            self._clients[key] = _Kept(made, context, expires)
            if kept is not None:
                self._replaced.append((self._clock() + _RENEW_BEFORE, kept))
            await self._close_replaced(self._clock())
            return made

    async def _close_replaced(self, now: float) -> None:
        """Close the clients with old credentials in which no call can be under way any more."""
        while self._replaced and self._replaced[0][0] <= now:
            _, kept = self._replaced.popleft()
            await kept.context.__aexit__(None, None, None)

    def _create(self, client: str, region: str, keys: Mapping[str, str]) -> Any:
        config = AioConfig(**client_config(client, retries=self._retries))
        return self._session.create_client(client, region_name=region, config=config, **keys)

    async def _keys(self, account: str) -> tuple[Mapping[str, str], float]:
        role = None if account == AMBIENT else self.role_of(account)
        if role is None or not role.role_arn:
            return {}, float("inf")
        async with self._locks.setdefault(account, asyncio.Lock()):
            kept = self._credentials.get(account)
            if kept is None or kept.expires <= self._clock():
                kept = await self._assume(role)
                self._credentials[account] = kept
            return kept.keys, kept.expires

    async def _assume(self, role: RoleToAssume) -> _Credentials:
        params = {"RoleArn": role.role_arn, "RoleSessionName": SESSION_NAME}
        if role.external_id:
            params["ExternalId"] = role.external_id
        try:
            async with self._create("sts", self._home, {}) as sts:
                answer = await sts.assume_role(**params)
        except ClientError as error:
            raise from_response(error.response, f"AssumeRole {role.role_arn}") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise AwsCallError(Kind.UNAVAILABLE, type(error).__name__, str(error), "AssumeRole") from error
        given = answer["Credentials"]
        return _Credentials(
            {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            },
            given["Expiration"].timestamp() - _RENEW_BEFORE,
        )
