"""A Lambda function invoked: once, waited for, and what came of it told in words.

Sources: Lambda API reference, Invoke (RequestResponse; FunctionError; errors); developer guide, quotas.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.model import LiveauditError

MOST_ANSWER = 6_500_000
"""Bytes of an answer that are taken: Lambda gives 6 MB at most."""
LONGEST_INVOCATION = 910.0
"""Seconds that an answer may take: Lambda ends a function after 900."""
ANSWER_MARGIN = 5.0
"""Seconds beyond a function's own that its answer may take."""


class Failure(StrEnum):
    """What may help: waiting a moment, asking about fewer resources at once, or nothing that we can do now."""

    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    BATCH = "batch"
    LATER = "later"


class InvocationError(LiveauditError):
    """The function gave no answer."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Function:
    """A function, alias or version, by its ARN."""

    arn: str

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Whose it is: that account's audit role invokes it."""
        return self.arn.split(":")[4]


class Invoke(Protocol):
    """How a function is invoked."""

    async def __call__(self, function: Function, request: bytes, *, timeout: float) -> bytes:
        """What it answers. Raises InvocationError."""


@dataclass(slots=True)
class AwsInvoke:
    """Invokes through AWS. ``caller``: one that waits long enough and tries once (``AwsCaller.waiting``)."""

    caller: Caller

    async def __call__(self, function: Function, request: bytes, *, timeout: float) -> bytes:
        """See Invoke."""
        try:
            async with asyncio.timeout(timeout + ANSWER_MARGIN):
                return await self._invoke(function, request)
        except TimeoutError as error:
            reason = (
                f"the function gave no answer within {timeout:g} seconds: see its log, or set lambda.timeout"
            )
            raise InvocationError(Failure.LATER, reason) from error

    async def _invoke(self, function: Function, request: bytes) -> bytes:
        params = {"FunctionName": function.arn, "InvocationType": "RequestResponse", "Payload": request}
        try:
            answer = await self.caller.call(
                function.account, function.region, "lambda", "Invoke", params, pages=False
            )
        except AwsCallError as error:
            raise _told(function, error) from error
        payload = await _read(answer.get("Payload"))
        if failed := answer.get("FunctionError"):
            raise InvocationError(Failure.BATCH, f"the function failed ({failed}): {_error_in(payload)}")
        return payload


async def _read(payload: Any) -> bytes:
    if payload is None or isinstance(payload, bytes):
        return payload or b""
    async with payload as stream:
        content = await stream.read(MOST_ANSWER + 1)
    if len(content) > MOST_ANSWER:
        raise InvocationError(Failure.BATCH, f"the function's answer has more than {MOST_ANSWER} bytes")
    return bytes(content)


class _Error(msgspec.Struct, rename="camel"):
    error_message: str = ""
    error_type: str = ""


def _error_in(payload: bytes) -> str:
    try:
        error = msgspec.json.decode(payload, type=_Error)
    except (msgspec.MsgspecError, RecursionError):
        return "it does not say why"
    return (
        ": ".join(each for each in (error.error_type, error.error_message) if each)[:300]
        or "it does not say why"
    )


def _told(function: Function, error: AwsCallError) -> InvocationError:
    if error.kind is Kind.THROTTLED:
        return InvocationError(Failure.THROTTLED, f"the function is throttled: {error.code}: {error.message}")
    if error.kind is Kind.UNAVAILABLE:
        return InvocationError(Failure.UNAVAILABLE, f"Lambda gave no answer: {error.code}: {error.message}")
    if error.kind is Kind.DENIED:
        reason = (
            f"the function may not be invoked ({error.code}): lambda:InvokeFunction on {function.arn} is in the documents "
            f"that liveaudit iam prints for {function.account}"
        )
        return InvocationError(Failure.LATER, reason)
    if error.code == "ResourceNotFoundException":
        return InvocationError(
            Failure.LATER, f"there is no function {function.arn}: deploy it, or correct the policy"
        )
    if error.code == "RequestTooLargeException":
        return InvocationError(Failure.BATCH, f"the request is too large: {error.message}")
    return InvocationError(Failure.LATER, f"the function cannot be invoked: {error.code}: {error.message}")
