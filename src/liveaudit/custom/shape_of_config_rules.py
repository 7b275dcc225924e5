"""What a file of policies says of a rule of AWS Config."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from liveaudit.custom.shape_of_functions import FunctionArn, SectionName

TriggerName: TypeAlias = Literal["change", "periodic"]
_FOLDER = "from the folder of policies on, without .."
RulePath = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._ -]*(/[A-Za-z0-9_-][A-Za-z0-9._ -]*)+\.py$",
        examples=["rules/BUCKET_TLS/BUCKET_TLS.py"],
        extra={"expected": f"a .py file in a folder of its own, as rules/NAME.py, {_FOLDER}"},
    ),
]
FolderPath = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._ -]*(/[A-Za-z0-9_-][A-Za-z0-9._ -]*)*$",
        examples=["layers/common"],
        extra={"expected": f"a folder, {_FOLDER}"},
    ),
]
FunctionName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z_][A-Za-z0-9_]{0,127}$",
        examples=["lambda_handler"],
        extra={"expected": "the name of a function in the file"},
    ),
]
RuleValue = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]{0,1024}$",
        extra={"expected": "a text of up to 1,024 characters; numbers and true stand in quotes"},
    ),
]
FieldPath = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9*_:-]+){0,12}$",
        examples=["configuration.instanceType"],
        extra={"expected": "a field of the configuration item, as configuration.instanceType"},
    ),
]


class ConfigRuleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A rule of AWS Config as it is: a file that is run in a sandbox of ours, or a function that is deployed."""

    file: Annotated[
        RulePath | UnsetType,
        Meta(
            description="The file with the rule's handler; a parameters.json of RDK's beside it is read too."
        ),
    ] = UNSET
    function: Annotated[
        FunctionArn | UnsetType,
        Meta(
            description="The function of a rule that is deployed, in the place of a file: one made with RDK."
        ),
    ] = UNSET
    fields: Annotated[
        tuple[FieldPath, ...],
        Meta(
            description="The fields of the item that the deployed function looks at: in one that is not read it would find nothing.",
            extra_json_schema={"uniqueItems": True},
        ),
    ] = ()
    handler: Annotated[FunctionName, Meta(description="The handler's name.")] = "lambda_handler"
    trigger: Annotated[
        TriggerName | UnsetType,
        Meta(description="Whether it is invoked for each resource, or once for an account and region."),
    ] = UNSET
    rule_parameters: Annotated[
        dict[str, RuleValue],
        Meta(
            description="The rule's parameters, as texts; those of parameters: are handed over beside them."
        ),
    ] = {}
    libraries: Annotated[
        tuple[FolderPath, ...],
        Meta(
            description="Further folders that it imports from, as Lambda's layers.",
            extra_json_schema={"uniqueItems": True},
        ),
    ] = ()
    sections: Annotated[
        tuple[SectionName, ...],
        Meta(
            description="Sections that are read beside those of the configuration item, to answer the rule's own calls.",
            extra_json_schema={"uniqueItems": True},
        ),
    ] = ()
    timeout: Annotated[int, Meta(ge=1, le=900, description="Seconds that one invocation may take.")] = 60
    memory: Annotated[int, Meta(ge=128, le=10240, description="Megabytes of memory that it may take.")] = 512
