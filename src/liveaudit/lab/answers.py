"""Answers that the lab gives itself, in the protocol of the service that was called."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.lab import errors, internals
from liveaudit.lab.calls import Call
from liveaudit.lab.errors import Refusal
from liveaudit.model import LiveauditError

Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""


class CallRefused(LiveauditError):  # noqa: N818 - it is AWS's answer, not our error
    """A call that AWS would refuse. ``code`` is AWS's, ``status`` the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message, status)


def render(call: Call, output: Mapping[str, Any]) -> Answer:
    """``output`` (the members of the operation's output by botocore's names) as an answer to ``call``."""
    serialize = internals.module("core.serialize")
    context = serialize.SerializationContext(call.request_id)
    serializer = serialize.SERIALIZERS[call.protocol](call.model, context)
    answered = serializer.serialize(output)
    body = answered["body"]
    content = body if isinstance(body, bytes) else str(body).encode()
    headers = {
        **answered["headers"],
        "Content-Length": str(len(content)),
        "x-amzn-RequestId": call.request_id,
    }
    return answered["status_code"], list(headers.items()), content


def refuse(call: Call, refused: CallRefused) -> Answer:
    """A refusal as an answer to ``call``."""
    return errors.render(refused.refusal, call.service, call.protocol, call.request_id)


def page(
    items: Sequence[Mapping[str, Any]], params: Mapping[str, Any], key: str, longest: int = 100
) -> dict[str, Any]:
    """One page of ``items`` under ``key``, with ``NextToken`` when there are more.

    ``params``: the call's, of which ``MaxResults`` and ``NextToken`` count. Raises CallRefused for a wrong token.
    """
    size = min(int(params.get("MaxResults") or longest), longest)
    start = _start(params.get("NextToken"))
    output: dict[str, Any] = {key: list(items[start : start + size])}
    if start + size < len(items):
        output["NextToken"] = base64.urlsafe_b64encode(f"lab {start + size}".encode()).decode()
    return output


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
    except (ValueError, binascii.Error):
        word, number = "", ""
    if word != "lab" or not number.isdigit():
        raise CallRefused("ValidationError", f"Invalid NextToken: {token}")
    return int(number)
