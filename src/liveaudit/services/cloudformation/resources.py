"""The table of AWS CloudFormation: what exists, how it is read, which events change it.

Sources: the API reference, and the user guide's "Logging AWS CloudFormation API calls with AWS CloudTrail". A stack is
known by its name: one that is made anew under the name of a deleted one is the same for us. What a stack makes sends
events of its own. Values of parameters and outputs are not kept.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.secrets import variables

service = Service("cloudformation", event_source="cloudformation.amazonaws.com")

stack = service.resource_type(
    "AWS::CloudFormation::Stack",
    arn="arn:{partition}:cloudformation:{region}:{account}:stack/{id}",
    named_by=["requestParameters.stackName", "responseElements.stackId"],
    # "Stack with id NAME does not exist"
    gone="ValidationError",
    # Behind the name an ARN has the stack's own number.
    id_part=r"(?P<id>[^/]+)(?:/.+)?",
)
_STACK = {"StackName": "{id}"}
_BEGINS = (
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "ExecuteChangeSet",
    "RollbackStack",
    "UpdateStack",
)


def outputs_without_values(given: Any) -> Any:
    """The outputs of a stack by name, each with the kind of secret found in it."""
    return variables((each["OutputKey"], each.get("OutputValue", "")) for each in given or ())


stack.arn_from = "StackId"
stack.created_by("CreateStack")
stack.deleted_by("DeleteStack")
stack.listing("DescribeStacks", items="Stacks", item_id="StackName")
stack.section(
    "stack",
    "DescribeStacks",
    _STACK,
    value="Stacks[0]",
    omit=[
        "ChangeSetId",
        "DetailedStatus",
        "DriftInformation",
        "LastOperations",
        "LastUpdatedTime",
        "Outputs",
        "Parameters",
        "StackStatus",
        "StackStatusReason",
    ],
    changed_by=[*_BEGINS, "UpdateTerminationProtection"],
    root=True,
)
stack.section(
    "outputs",
    "DescribeStacks",
    _STACK,
    value="Stacks[0].Outputs",
    shape=outputs_without_values,
    changed_by=_BEGINS,
)
stack.section(
    "stack_policy", "GetStackPolicy", _STACK, value="StackPolicyBody", changed_by=["SetStackPolicy", *_BEGINS]
)
# Outputs are there when the stack is done, which takes minutes.
stack.takes(600.0, "CreateStack", "DeleteStack", *(each for each in _BEGINS if each != "CreateChangeSet"))

service.ignores(
    "changes no stack: looks into one, or prepares something",
    "DeleteChangeSet",
    "DetectStackDrift",
    "DetectStackResourceDrift",
    "DetectStackSetDrift",
    "EstimateTemplateCost",
    "RecordHandlerProgress",
    "SignalResource",
    "StartResourceScan",
    "ValidateTemplate",
    noise=True,
)
service.ignores(
    "the stacks that a stack set makes send events of their own, in their accounts",
    "CreateStackInstances",
    "CreateStackSet",
    "DeleteStackInstances",
    "DeleteStackSet",
    "ImportStacksToStackSet",
    "StopStackSetOperation",
    "UpdateStackInstances",
    "UpdateStackSet",
)
service.ignores(
    "no policy reads types, templates that are generated, nor the account's settings",
    "ActivateOrganizationsAccess",
    "ActivateType",
    "CreateGeneratedTemplate",
    "CreateStackRefactor",
    "DeactivateOrganizationsAccess",
    "DeactivateType",
    "DeleteGeneratedTemplate",
    "DeregisterType",
    "PublishType",
    "RegisterPublisher",
    "RegisterType",
    "SetTypeConfiguration",
    "SetTypeDefaultVersion",
    "TestType",
    "UpdateGeneratedTemplate",
)
