"""What a user's Lambda function is sent and has to answer, version 1. The JSON schemas in ``docs/`` are made of this.

Only members may be added within a version, and a function has to pass over what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

VERSION = "1"
LONGEST_KEY = 128
LONGEST_REASON = 1_000
"""Characters of a reason that are kept."""
MOST_EVIDENCE = 65_536
"""Bytes of evidence that are kept."""


class AskingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The policy on which verdicts are asked for."""

    id: Annotated[str, Meta(description="Its id.")]
    title: Annotated[str, Meta(description="What is so where it holds.")]
    severity: Annotated[str, Meta(description="How bad its findings are, in Security Hub's words.")]
    version: Annotated[str, Meta(description="Another whenever its definition is another.")]


class Omitted(msgspec.Struct, frozen=True, kw_only=True):
    """A section that is too large to be sent: the function reads it itself, from AWS."""

    section: Annotated[str, Meta(description="Its name.")]
    bytes: Annotated[int, Meta(description="How large its JSON is.")]
    digest: Annotated[str, Meta(description="Another whenever the section is another.")]


class AskedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource on which a verdict is asked for."""

    key: Annotated[
        str,
        Meta(
            description="Names the question: the same if it is asked again. The verdict has to bear it.",
            max_length=LONGEST_KEY,
        ),
    ]
    partition: str
    account: Annotated[str, Meta(description="The account's twelve digits.")]
    region: Annotated[str, Meta(description="The region; global for what belongs to the account as a whole.")]
    type: Annotated[str, Meta(description="CloudFormation's name of the type, as AWS::S3::Bucket.")]
    id: str
    arn: str
    tags: Annotated[dict[str, str], Meta(description="As far as they are known.")]
    sections: Annotated[
        dict[str, Any],
        Meta(description="What was read of it, as boto3 shapes it; null: not configured."),
    ]
    omitted: Annotated[
        tuple[Omitted, ...], Meta(description="Sections that are missing in sections, as they are too large.")
    ] = ()
    parameters: Annotated[
        dict[str, int | tuple[int | str, ...]],
        Meta(description="The policy's parameters, as they are set for it."),
    ] = {}
    change: Annotated[
        dict[str, Any] | None,
        Meta(
            description="The latest change that asked for this, as CloudTrail told it: event_id, name, source, time, "
            "actor; null: there is none, as in a sweep."
        ),
    ] = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the function is invoked with."""

    version: Annotated[Literal["1"], Meta(description="Of this contract.")] = "1"
    kind: Annotated[Literal["liveaudit.verdicts"], Meta(description="What is asked for.")] = (
        "liveaudit.verdicts"
    )
    idempotency_key: Annotated[
        str, Meta(description="The same when the same questions are asked again, as after a timeout.")
    ]
    policy: AskingPolicy
    resources: Annotated[tuple[AskedResource, ...], Meta(min_length=1)]


class GivenVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on one of the resources that were asked about."""

    key: Annotated[str, Meta(description="The resource's key.", max_length=LONGEST_KEY)]
    verdict: Annotated[
        Literal["PASS", "FAIL", "NOT_APPLICABLE", "UNKNOWN"],
        Meta(description="UNKNOWN: it cannot be told; the reason says why."),
    ]
    reason: Annotated[
        str, Meta(description=f"Why, in a sentence for people; {LONGEST_REASON} characters of it are kept.")
    ] = ""
    evidence: Annotated[
        dict[str, Any],
        Meta(description=f"What shows it; more than {MOST_EVIDENCE} bytes of JSON are not kept."),
    ] = {}


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What the function has to return. A resource without a verdict is UNKNOWN, and is asked about again."""

    version: Annotated[Literal["1"], Meta(description="Of this contract.")]
    verdicts: tuple[GivenVerdict, ...]


def schemas() -> Mapping[str, dict[str, Any]]:
    """The JSON schemas (draft 2020-12) of both, by the name of their file."""
    return {
        f"lambda-{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"liveaudit: {title} of a Lambda policy, version {VERSION}",
            **msgspec.json.schema(struct),
        }
        for name, title, struct in (("request", "the request", Request), ("response", "the answer", Response))
    }
