"""The table of EC2: flow logs, and which of them a VPC has.

A flow log is deleted by its own id: so it is a resource, and a VPC refers to its own.
"""

from __future__ import annotations

from liveaudit.policies.kept import in_order
from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.routing import vpc
from liveaudit.services.ec2.service import TAGS, answered, asked, service, with_tags

flow_log = service.resource_type(
    "AWS::EC2::FlowLog",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{id}",
    gone="InvalidFlowLogId.NotFound",
    id_pattern=r"fl-\w+",
)
flow_log.section(
    "flow_log",
    "DescribeFlowLogs",
    {"Filter": [{"Name": "flow-log-id", "Values": "{ids}"}]},
    items="FlowLogs",
    item_id="FlowLogId",
    many=200,
    silent="FlowLogStatus",
    shape=shapes.flow_log,
    root=True,
)
flow_log.listing(
    "DescribeFlowLogs", items="FlowLogs", item_id="FlowLogId", provides={"flow_log": "@", "tags": TAGS}
)
with_tags(flow_log)
flow_log.created_by(
    "CreateFlowLogs",
    named_by=[
        *answered("CreateFlowLogs", "flowLogIdSet.item[]"),
        "responseElements.flowLogIdSet.items[].flowLogId",
    ],
)
flow_log.deleted_by("DeleteFlowLogs", named_by=[f"{path}[]" for path in asked("DeleteFlowLogs", "FlowLogId")])

vpc.section(
    "flow_log_ids",
    "DescribeFlowLogs",
    {"Filter": [{"Name": "resource-id", "Values": ["{id}"]}]},
    value="FlowLogs[].FlowLogId",
    shape=in_order,
)
vpc.references("flow_logs", flow_log, "flow_log", ids="flow_log_ids[]")
vpc.event(
    "CreateFlowLogs",
    "flow_log_ids",
    named_by=[f"{path}[]" for path in asked("CreateFlowLogs", "ResourceId")],
)
