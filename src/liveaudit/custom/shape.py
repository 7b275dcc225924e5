"""What stands in a file of users' policies. Its JSON schema, the checks and the help of editors all come from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from liveaudit.custom.shape_of_config_rules import ConfigRuleSpec
from liveaudit.custom.shape_of_functions import LambdaSpec
from liveaudit.settings.shape_of_policies import SeverityName, Words

OutcomeName: TypeAlias = Literal["PASS", "FAIL", "NOT_APPLICABLE", "UNKNOWN"]
_UNIQUE = {"uniqueItems": True}
PolicyId = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]{2,99}$",
        examples=["acme_bucket_has_owner"],
        extra={"expected": "a policy's id: 3 to 100 of a-z, 0-9 and _, a letter first"},
    ),
]
TypeName = Annotated[
    str,
    Meta(
        pattern="^AWS::[A-Za-z0-9]{1,60}::[A-Za-z0-9]{1,60}$",
        examples=["AWS::S3::Bucket"],
        extra={"expected": "a resource type, as AWS::S3::Bucket"},
    ),
]
Line = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,200}$", extra={"expected": "a text of one line, 1 to 200 characters"})
]
IdPattern = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f]{1,1024}$",
        examples=["prod-*"],
        extra={"expected": "a pattern of 1 to 1,024 characters; * stands for any text"},
    ),
]
TagKey = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,128}$", extra={"expected": "a tag's key, 1 to 128 characters"})
]
TagValue = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{0,256}$", extra={"expected": "a tag's value, up to 256 characters"})
]
RegularExpression = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f]{1,500}$",
        examples=["cc-[0-9]{4}"],
        extra={"expected": "a regular expression of 1 to 500 characters"},
    ),
]
Expression = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]{1,4000}$",
        extra={"expected": "an expression in CEL, 1 to 4,000 characters"},
    ),
]
Types = Annotated[tuple[TypeName, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]
Controls = Annotated[tuple[Line, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]


class ParameterSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A threshold or list that the settings may set otherwise."""

    title: Annotated[Line, Meta(description="What it means.")]
    default: Annotated[
        int | tuple[int | str, ...],
        Meta(
            description="What holds as long as nothing is set: a whole number, or a list of numbers or texts."
        ),
    ]
    least: Annotated[int, Meta(description="The least number that it takes.")] = 0
    most: Annotated[int, Meta(description="The greatest number that it takes.")] = 1_000_000


class TagsSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A tag that has to be there, and what its value may be. A tag without a value has no value that is allowed."""

    key: Annotated[TagKey, Meta(description="The tag's key.")]
    values: Annotated[
        tuple[TagValue, ...],
        Meta(description="The values that it may have.", extra_json_schema=_UNIQUE),
    ] = ()
    pattern: Annotated[
        RegularExpression, Meta(description="A regular expression (RE2) that the whole value is like.")
    ] = ""
    ignore_case: Annotated[
        bool,
        Meta(description="Whether the key, the values and the pattern hold in upper and lower case alike."),
    ] = False


class CelSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A condition in CEL, the Common Expression Language: https://cel.dev."""

    expression: Annotated[
        Expression, Meta(description="What has to be true: PASS if it is, FAIL if it is not.")
    ]
    when: Annotated[Expression, Meta(description="Where it is false, the policy is NOT_APPLICABLE.")] = ""
    message: Annotated[
        Expression,
        Meta(
            description="What is told where it fails; {{ ... }} is an expression in CEL whose value stands there.",
        ),
    ] = ""


class TestSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A test of a policy: what it says of a resource that is made up."""

    name: Annotated[Line, Meta(description="What is tested.")]
    expect: Annotated[OutcomeName, Meta(description="The verdict.")]
    sections: Annotated[
        dict[str, Any],
        Meta(
            description="The resource's sections as the API tells them; one that is left out is not configured."
        ),
    ] = {}
    tags: Annotated[
        dict[str, str], Meta(description="The resource's tags; they stand in its sections for this.")
    ] = {}
    type: Annotated[TypeName | UnsetType, Meta(description="The resource's type, of several.")] = UNSET
    id: Annotated[IdPattern, Meta(description="The resource's id.")] = "example"
    account: Annotated[
        str,
        Meta(
            pattern="^[0-9]{12}$", description="Its account.", extra={"expected": "twelve digits in quotes"}
        ),
    ] = "111111111111"
    region: Annotated[Line, Meta(description="Its region.")] = "us-east-1"
    parameters: Annotated[
        dict[str, int | tuple[int | str, ...]], Meta(description="What is set of the policy's parameters.")
    ] = {}
    now: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z$",
            description="The time at which it is judged.",
            extra={"expected": "a time in UTC, as 2027-03-31T12:00Z", "date": True},
        ),
    ] = "2026-01-01T00:00Z"
    message: Annotated[Words, Meta(description="A part of what is told.")] = ""


class PolicySpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One policy. By what it judges is told by exactly one of the fields that are named as the kinds."""

    id: Annotated[PolicyId, Meta(description="Its id, as no built-in policy has it.")]
    type: Annotated[TypeName | UnsetType, Meta(description="The resource type that it judges.")] = UNSET
    types: Annotated[Types | UnsetType, Meta(description="The resource types, where it judges several.")] = (
        UNSET
    )
    severity: Annotated[SeverityName, Meta(description="How bad its findings are.")]
    title: Annotated[Line, Meta(description="What is so where it holds, in one line.")]
    why: Annotated[Words, Meta(description="Why it matters.")]
    fix: Annotated[Words, Meta(description="How what it finds is mended.")]
    frameworks: Annotated[
        dict[str, Controls], Meta(description="The controls that it serves, by the framework's name.")
    ] = {}
    ids: Annotated[IdPattern, Meta(description="Only resources whose id is like this.")] = "*"
    parameters: Annotated[
        dict[str, ParameterSpec], Meta(description="Its thresholds and lists, by name; in CEL params.NAME.")
    ] = {}
    tags: Annotated[TagsSpec | UnsetType, Meta(description="It judges by a tag.")] = UNSET
    cel: Annotated[CelSpec | UnsetType, Meta(description="It judges by an expression in CEL.")] = UNSET
    config_rule: Annotated[ConfigRuleSpec | UnsetType, Meta(description="A rule of AWS Config decides.")] = (
        UNSET
    )
    lambda_: Annotated[LambdaSpec | UnsetType, Meta(description="A Lambda function decides.")] = (
        msgspec.field(default=UNSET, name="lambda")
    )
    tests: Annotated[
        tuple[TestSpec, ...], Meta(description="Its tests: liveaudit policies test runs them.")
    ] = ()


class FileSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A file of policies."""

    policies: Annotated[tuple[PolicySpec, ...], Meta(description="The policies of this file.")]


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a file of policies."""
    made = msgspec.json.schema(FileSpec)
    for struct in made["$defs"].values():
        for each in struct["properties"].values():
            if not each.get("default", True):
                del each["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "liveaudit: a file of policies",
        **made,
    }
