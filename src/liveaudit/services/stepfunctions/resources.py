"""The table of AWS Step Functions: what exists, how it is read, which events change it.

Sources: the API reference, and the developer guide's "Logging AWS Step Functions API calls using AWS CloudTrail".
The definition is looked through for secrets when it is read, and not kept.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves
from liveaudit.policies.secrets import secrets_in_text

service = Service("states", event_source="states.amazonaws.com", client="stepfunctions")

machine = service.resource_type(
    "AWS::StepFunctions::StateMachine",
    arn="arn:{partition}:states:{region}:{account}:stateMachine:{id}",
    named_by=["requestParameters.stateMachineArn", "responseElements.stateMachineArn"],
    gone="StateMachineDoesNotExist",
    # A version or an alias may stand behind the name.
    id_part=r"(?P<id>[^:]+)(?::.+)?",
)


def secrets_in(definition: Any) -> Any:
    """The secrets in a definition: where, and of which kind."""
    if definition is None:
        return None
    if not isinstance(definition, str):
        raise ValueError("the definition is no text")
    return secrets_in_text(definition)


machine.created_by("CreateStateMachine")
machine.deleted_by("DeleteStateMachine")
machine.listing("ListStateMachines", items="stateMachines", item_id="name")
# Without the definition no right to the key is needed that it may be encrypted with.
machine.section(
    "state_machine",
    "DescribeStateMachine",
    {"stateMachineArn": "{arn}", "includedData": "METADATA_ONLY"},
    omit=["definition", "description", "label", "revisionId", "status", "variableReferences"],
    changed_by="UpdateStateMachine",
    root=True,
)
machine.section(
    "tags",
    "ListTagsForResource",
    {"resourceArn": "{arn}"},
    value="tags",
    shape=keeping(leaves("key", "value")),
)
for _event in ("TagResource", "UntagResource"):
    machine.event(_event, "tags", named_by="requestParameters.resourceArn")
machine.section(
    "secrets",
    "DescribeStateMachine",
    {"stateMachineArn": "{arn}"},
    value="definition",
    shape=secrets_in,
    changed_by="UpdateStateMachine",
)

service.ignores(
    "runs state machines, or tells how their work goes",
    "InvokeHTTPEndpoint",
    "RedriveExecution",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "TestState",
    "UpdateMapRun",
    "ValidateStateMachineDefinition",
    noise=True,
)
service.spells("InvokeHTTPEndpoint")
service.ignores(
    "versions and aliases are audited by their state machine, activities not at all",
    "CreateActivity",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "PublishStateMachineVersion",
    "UpdateStateMachineAlias",
)
service.ignores_unnamed("tags of activities are not audited", "TagResource", "UntagResource")
