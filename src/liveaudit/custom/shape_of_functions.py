"""What stands in a file of users' policies where a Lambda function decides."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

SectionName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]{0,63}$",
        examples=["policy_document"],
        extra={"expected": "the name of a section of the type"},
    ),
]
FunctionArn = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws[a-z-]*:lambda:[a-z0-9-]{4,32}:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}"
        r"(:[A-Za-z0-9_-]{1,128}|:\$LATEST)?$",
        examples=["arn:aws:lambda:eu-west-1:111111111111:function:judge"],
        extra={"expected": "a function's ARN, as arn:aws:lambda:eu-west-1:111111111111:function:NAME"},
    ),
]


class LambdaSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A Lambda function that decides."""

    function: Annotated[
        FunctionArn, Meta(description="The function, or an alias or version of it, by its ARN.")
    ]
    sections: Annotated[
        tuple[SectionName, ...],
        Meta(
            min_length=1,
            description="The sections that it is sent; a change of any of them asks it again.",
            extra_json_schema={"uniqueItems": True},
        ),
    ]
    tags: Annotated[
        bool, Meta(description="Whether it is sent the tags too, and is asked again when they change.")
    ] = True
    batch: Annotated[
        int,
        Meta(
            description="Resources in one request, at most.", extra_json_schema={"minimum": 1, "maximum": 100}
        ),
    ] = 25
    timeout: Annotated[
        int,
        Meta(
            description="Seconds that one request may take.", extra_json_schema={"minimum": 1, "maximum": 900}
        ),
    ] = 60
    concurrency: Annotated[
        int,
        Meta(
            description="Requests at once, of each worker; fewer while it is throttled.",
            extra_json_schema={"minimum": 1, "maximum": 50},
        ),
    ] = 2
