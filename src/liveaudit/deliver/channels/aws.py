"""Calls of channels to AWS, and what their errors mean for a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.text import shown

_UNFIT = frozenset(
    {
        "EntityTooLarge",
        "InvalidInputException",
        "InvalidParameter",
        "InvalidParameterValue",
        "InvalidParameterException",
        "ParamValidation",
        "ValidationError",
        "ValidationException",
    }
)
"""Errors of a message that is not as AWS wants it: the same again would get the same."""


async def ask(
    caller: Caller,
    account: str,
    region: str,
    client: str,
    operation: str,
    params: Mapping[str, Any],
    *,
    pages: bool = False,
) -> Mapping[str, Any]:
    """The answer of one call. Raises ChannelError, which says what to do."""
    try:
        return await caller.call(account, region, client, operation, params, pages=pages)
    except AwsCallError as error:
        raise ChannelError(_told(error, client, region), permanent=error.code in _UNFIT) from error


def _told(error: AwsCallError, client: str, region: str) -> str:
    told = f"{client} in {region}: {error.operation} gives {error.code}: {shown(error.message[:200])}"
    if error.kind is Kind.DENIED:
        return f"{told}: allow it to who sends"
    return told
