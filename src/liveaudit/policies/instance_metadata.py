"""Verdicts on ``MetadataOptions``, which instances, launch templates and launch configurations have alike."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Verdict, failed, passed
from liveaudit.policies.shapes import mapping, whole_number


def needs_tokens(options: Any, what: str) -> Verdict:
    """Whether the metadata service is off or answers only with a token. ``options``: ``MetadataOptions``."""
    told = mapping({} if options is None else options, f"MetadataOptions of {what}")
    if told.get("HttpEndpoint") == "disabled":
        return passed("the metadata service is off")
    if told.get("HttpTokens") == "required":
        return passed("HttpTokens is required")
    return failed(
        f"{what} answers metadata requests without a token",
        HttpEndpoint=told.get("HttpEndpoint"),
        HttpTokens=told.get("HttpTokens"),
    )


def answers_nearby_only(options: Any, what: str) -> Verdict:
    """Whether the answers to requests for a token travel no further than the instance. Left out, the limit is 1."""
    told = mapping({} if options is None else options, f"MetadataOptions of {what}")
    if told.get("HttpEndpoint") == "disabled":
        return passed("the metadata service is off")
    limit = whole_number(told.get("HttpPutResponseHopLimit", 1), "HttpPutResponseHopLimit")
    if limit > 1:
        return failed(f"the hop limit of {what} is {limit}", HttpPutResponseHopLimit=limit)
    return passed("the hop limit is 1")
