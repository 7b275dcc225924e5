"""Secrets of channels: looked up where the settings say they are, when they are used. They are never stored or told."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from liveaudit.aws.caller import AMBIENT, AwsCaller, Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.deliver.channels.interface import ChannelError

KEPT = 300.0
"""Seconds for which a secret is used before it is looked up again."""
_MOST = 64 * 1024
_HOME = "us-east-1"


class Secrets:
    """Looks secrets up by reference: ``env:NAME``, ``file:/PATH``, ``secretsmanager:ARN[#KEY]``, ``ssm:NAME`` or its ARN.

    AWS is called with the ambient credentials. ``ticks``: seconds of no certain beginning.
    """

    def __init__(self, caller: Caller | None = None, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._caller = caller
        self._own: AwsCaller | None = None
        self._ticks = ticks
        self._kept: dict[str, tuple[float, str]] = {}

    async def aclose(self) -> None:
        """Forget everything, and let go of connections."""
        self._kept.clear()
        if self._own is not None:
            await self._own.close()

    async def get(self, reference: str) -> str:
        """The secret. Raises ChannelError, which names the reference and never the secret."""
        kept = self._kept.get(reference)
        if kept is None or self._ticks() - kept[0] > KEPT:
            kept = self._kept[reference] = (self._ticks(), await self._look_up(reference))
        return kept[1]

    def forget(self, reference: str) -> None:
        """Look it up again the next time: it did not hold."""
        self._kept.pop(reference, None)

    async def _look_up(self, reference: str) -> str:
        kind, _, place = reference.partition(":")
        if kind == "env":
            found = os.environ.get(place, "")
        elif kind == "file":
            found = await asyncio.to_thread(_from_file, place)
        elif kind == "secretsmanager":
            found = await self._from_secrets_manager(place)
        else:
            found = await self._from_ssm(place)
        found = found.strip()
        if not found:
            raise ChannelError(
                f"{reference}: there is no secret: put it there, or say in the settings where it is"
            )
        return found

    async def _from_secrets_manager(self, place: str) -> str:
        arn, _, key = place.partition("#")
        told = f"secretsmanager:{place}"
        given = await self._call(
            told, arn.split(":")[3], "secretsmanager", "GetSecretValue", {"SecretId": arn}
        )
        text = str(given.get("SecretString") or "")
        if not key:
            return text
        # what is no JSON has no such text: told below
        with suppress(ValueError):
            fields = json.loads(text)
            if isinstance(fields, dict) and isinstance(fields.get(key), str):
                return str(fields[key])
        raise ChannelError(
            f"{told}: the secret is no JSON object with a text {key}: leave out # and what follows, or add it"
        )

    async def _from_ssm(self, place: str) -> str:
        region = place.split(":")[3] if place.startswith("arn:") else _ambient_region()
        params = {"Name": place, "WithDecryption": True}
        given = await self._call(f"ssm:{place}", region, "ssm", "GetParameter", params)
        return str(given["Parameter"]["Value"])

    async def _call(
        self, reference: str, region: str, client: str, operation: str, params: dict[str, object]
    ) -> Mapping[str, Any]:
        caller = self._caller
        if caller is None:
            caller = self._own = self._own or AwsCaller()
        try:
            return await caller.call(AMBIENT, region, client, operation, params, pages=False)
        except AwsCallError as error:
            raise ChannelError(
                f"{reference} ({region}): {operation} gives {error.code}: see that it is there, and that liveaudit's own "
                f"credentials may {client}:{operation} it"
            ) from error


def _from_file(path: str) -> str:
    try:
        with Path(path).open("rb") as opened:
            return opened.read(_MOST).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ChannelError(f"file:{path}: is not UTF-8") from error
    except OSError as error:
        raise ChannelError(f"file:{path}: cannot be read: {error.strerror}") from error


def _ambient_region() -> str:
    """The region that boto3 would take."""
    from botocore.session import get_session

    return str(get_session().get_config_variable("region") or _HOME)
