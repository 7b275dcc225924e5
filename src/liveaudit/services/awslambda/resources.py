"""The table of AWS Lambda: what exists, how it is read, which events change it.

Sources: the API reference, recorded events, and the developer guide's "Logging Lambda API calls using CloudTrail", by
which the names of older operations carry the API's date (``CreateFunction20150331``): the catalog takes it off.

What the variables of a function hold is looked at when it is read and kept nowhere: ``environment`` tells their names
and whether a secret was found. The command of a container image may hold secrets too; it is left out.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.secrets import variables
from liveaudit.services.ec2.routing import subnet
from liveaudit.services.iam.resources import managed_policy, role

service = Service("lambda", event_source="lambda.amazonaws.com")

function = service.resource_type(
    "AWS::Lambda::Function",
    arn="arn:{partition}:lambda:{region}:{account}:function:{id}",
    named_by="requestParameters.functionName",
    gone="ResourceNotFoundException",
    # A function is named by its name, by account and name, or by ARN; each may have a version or an alias behind it.
    id_part=r"(?:\d{12}:)?(?:function:)?(?P<id>[\w-]+)(?::[\w$-]+)?",
)
_FUNCTION = {"FunctionName": "{id}"}

# What the listing leaves out, what is told elsewhere, and what changes with every deployment.
_LEFT_OUT = (
    "CodeSha256",
    "CodeSize",
    "ConfigSha256",
    "Environment",
    "ImageConfigResponse",
    "LastModified",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RevisionId",
    "RuntimeVersionConfig",
    "State",
    "StateReason",
    "StateReasonCode",
)


def names_only(given: Any) -> Any:
    """A function's variables as ``policies.secrets`` tells them, None where it has none."""
    return None if given is None else variables(given)


def by_arn(items: Any) -> Any:
    """A list in the order of ARNs: Lambda gives it in none."""
    return sorted(items or [], key=lambda item: str(item["FunctionArn"]))


function.created_by("CreateFunction")
function.deleted_by("DeleteFunction")
function.listing(
    "ListFunctions",
    items="Functions",
    item_id="FunctionName",
    provides={"configuration": "@", "environment": "Environment.Variables"},
)
function.section(
    "configuration",
    "GetFunctionConfiguration",
    _FUNCTION,
    omit=_LEFT_OUT,
    changed_by=["UpdateFunctionConfiguration", "UpdateFunctionCode"],
    root=True,
)
function.section(
    "environment",
    "GetFunctionConfiguration",
    _FUNCTION,
    value="Environment.Variables",
    shape=names_only,
    changed_by="UpdateFunctionConfiguration",
)
function.section(
    "policy_document",
    "GetPolicy",
    _FUNCTION,
    value="Policy",
    absent="ResourceNotFoundException",
    changed_by=["AddPermission", "RemovePermission"],
)
# Aliases may have a URL of their own.
function.section(
    "urls",
    "ListFunctionUrlConfigs",
    _FUNCTION,
    value="FunctionUrlConfigs",
    shape=by_arn,
    changed_by=["CreateFunctionUrlConfig", "UpdateFunctionUrlConfig", "DeleteFunctionUrlConfig"],
)
function.section(
    "event_invoke_config",
    "GetFunctionEventInvokeConfig",
    _FUNCTION,
    absent="ResourceNotFoundException",
    changed_by=[
        "PutFunctionEventInvokeConfig",
        "UpdateFunctionEventInvokeConfig",
        "DeleteFunctionEventInvokeConfig",
    ],
)
function.section("tags", "ListTags", {"Resource": "{arn}"}, value="Tags")
for _event in ("TagResource", "UntagResource"):
    function.event(_event, "tags", named_by="requestParameters.resource")

function.references("subnets", subnet, "subnet", ids="configuration.VpcConfig.SubnetIds[]")

_ROLE = "configuration.Role"
function.references("role_attached", role, "attached_policies", ids=_ROLE)
function.references("role_inline", role, "inline_policies", ids=_ROLE)
function.references("role_boundary", role, "permissions_boundary", ids=_ROLE)
function.references("attached_documents", managed_policy, "document", ids="role_attached.*[].PolicyArn")
function.references(
    "boundary_documents", managed_policy, "document", ids="role_boundary.*.PermissionsBoundaryArn"
)

service.ignores(
    "asks functions to work, or tells how their work goes",
    "CheckpointDurableExecution",
    "Invoke",
    "InvokeAsync",
    "InvokeWithResponseStream",
    "SendDurableExecutionCallbackFailure",
    "SendDurableExecutionCallbackHeartbeat",
    "SendDurableExecutionCallbackSuccess",
    "StopDurableExecution",
    noise=True,
)
service.ignores(
    "versions and aliases are audited by their function",
    "CreateAlias",
    "DeleteAlias",
    "PublishVersion",
    "UpdateAlias",
)
service.ignores(
    "no policy reads layers themselves",
    "AddLayerVersionPermission",
    "DeleteLayerVersion",
    "PublishLayerVersion",
    "RemoveLayerVersionPermission",
)
service.ignores(
    "no policy reads what calls a function, nor how many run at once",
    "CreateCapacityProvider",
    "CreateEventSourceMapping",
    "DeleteCapacityProvider",
    "DeleteEventSourceMapping",
    "DeleteFunctionConcurrency",
    "DeleteProvisionedConcurrencyConfig",
    "PutFunctionConcurrency",
    "PutFunctionRecursionConfig",
    "PutFunctionScalingConfig",
    "PutProvisionedConcurrencyConfig",
    "PutRuntimeManagementConfig",
    "UpdateCapacityProvider",
    "UpdateEventSourceMapping",
)
service.ignores(
    "no policy reads the signing of code",
    "CreateCodeSigningConfig",
    "DeleteCodeSigningConfig",
    "DeleteFunctionCodeSigningConfig",
    "PutFunctionCodeSigningConfig",
    "UpdateCodeSigningConfig",
)
service.ignores(
    "ListFunctions and its like only read, though some records do not say so", "ListFunctions", noise=True
)
