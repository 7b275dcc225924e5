"""The table of Amazon ECS: what exists, how it is read, which events change it.

Sources: the API reference and recorded events. Deleted clusters and services are told as INACTIVE for a while: that is
gone for us.

A task definition here is the family, and what is judged is its latest active revision, as Security Hub does: old
revisions cannot be changed, and a family has thousands. Task sets are told, and judged, with their service.
"""

from __future__ import annotations

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.ecs.shapes import environments, task_definition, task_sets

service = Service("ecs", event_source="ecs.amazonaws.com")

cluster = service.resource_type(
    "AWS::ECS::Cluster",
    arn="arn:{partition}:ecs:{region}:{account}:cluster/{id}",
    named_by=["responseElements.cluster.clusterArn", "requestParameters.cluster"],
    gone="ClusterNotFoundException",
)
cluster.created_by("CreateCluster")
cluster.deleted_by("DeleteCluster")
cluster.listing("ListClusters", items="clusterArns[].{Arn: @}", item_id="Arn")
cluster.section(
    "cluster",
    "DescribeClusters",
    {"clusters": "{ids}", "include": ["SETTINGS", "CONFIGURATIONS"]},
    items="clusters[?status != 'INACTIVE']",
    item_id="clusterName",
    many=100,
    omit=[
        "statistics",
        "attachments",
        "attachmentsStatus",
        "registeredContainerInstancesCount",
        "runningTasksCount",
        "pendingTasksCount",
        "activeServicesCount",
        "tags",
    ],
    changed_by=["UpdateCluster", "UpdateClusterSettings", "PutClusterCapacityProviders"],
    root=True,
)
# Told only where they are asked for, as with services and task definitions.
cluster.section(
    "tags",
    "DescribeClusters",
    {"clusters": "{ids}", "include": ["TAGS"]},
    items="clusters[?status != 'INACTIVE']",
    item_id="clusterName",
    many=100,
    value="tags || `[]`",
    shape=keeping(leaves("key", "value")),
)

ecs_service = service.resource_type(
    "AWS::ECS::Service",
    # Its id is cluster/name. ARNs of before 2018 have no cluster in them; the answers of calls still tell it.
    arn="arn:{partition}:ecs:{region}:{account}:service/{id}",
    named_by=["responseElements.service.serviceArn", "responseElements.taskSet.serviceArn"],
    gone=["ClusterNotFoundException", "ServiceNotFoundException"],
    id_pattern=r"[^/]+/[^/]+",
)
_SERVICE = {"cluster": "{parent}", "services": ["{name}"]}
_ITSELF = "services[?status != 'INACTIVE'] | [0]"

ecs_service.created_by("CreateService", "CreateExpressGatewayService")
ecs_service.deleted_by("DeleteService", "DeleteExpressGatewayService")
ecs_service.listing(
    "ListClusters",
    items="clusterArns",
    item_id="Arn",
    each=Each("ListServices", {"cluster": "{item}"}, value="serviceArns[].{Arn: @}"),
)
ecs_service.section(
    "service",
    "DescribeServices",
    _SERVICE,
    value=_ITSELF,
    omit=[
        "events",
        "deployments",
        "taskSets",
        "desiredCount",
        "runningCount",
        "pendingCount",
        "currentServiceDeployment",
        "currentServiceRevisions",
    ],
    changed_by=["UpdateService", "UpdateExpressGatewayService"],
    root=True,
)
ecs_service.section(
    "task_sets",
    "DescribeServices",
    _SERVICE,
    value=f"{_ITSELF}.taskSets",
    shape=task_sets,
    changed_by=["CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet", "UpdateServicePrimaryTaskSet"],
)
ecs_service.section(
    "tags",
    "DescribeServices",
    {**_SERVICE, "include": ["TAGS"]},
    value=f"{_ITSELF}.tags || `[]`",
    shape=keeping(leaves("key", "value")),
)

definition = service.resource_type(
    "AWS::ECS::TaskDefinition",
    arn="arn:{partition}:ecs:{region}:{account}:task-definition/{id}",
    named_by=[
        "responseElements.taskDefinition.taskDefinitionArn",
        "requestParameters.taskDefinition",
        "requestParameters.family",
    ],
    # "Unable to describe task definition": no revision of the family is active.
    gone="ClientException",
    id_part=r"(?P<id>[^:/]+)(?::\d+)?",
)
_FAMILY = {"taskDefinition": "{id}"}

definition.created_by("RegisterTaskDefinition")
# An older revision may be the latest then.
definition.event("DeregisterTaskDefinition")
definition.listing(
    "ListTaskDefinitionFamilies", {"status": "ACTIVE"}, items="families[].{Family: @}", item_id="Family"
)
definition.section(
    "task_definition",
    "DescribeTaskDefinition",
    _FAMILY,
    value="taskDefinition",
    shape=task_definition,
    root=True,
)
definition.section(
    "tags",
    "DescribeTaskDefinition",
    {**_FAMILY, "include": ["TAGS"]},
    value="tags || `[]`",
    shape=keeping(leaves("key", "value")),
)
definition.section(
    "environments", "DescribeTaskDefinition", _FAMILY, value="taskDefinition", shape=environments
)

for _type in (cluster, ecs_service, definition):
    for _event in ("TagResource", "UntagResource"):
        _type.event(_event, "tags", named_by="requestParameters.resourceArn")

service.ignores(
    "runs tasks, or tells how they run; what they are made from is audited",
    "ContinueServiceDeployment",
    "DeregisterContainerInstance",
    "DiscoverPollEndpoint",
    "ExecuteCommand",
    "RegisterContainerInstance",
    "RunTask",
    "StartTask",
    "StopServiceDeployment",
    "StopTask",
    "SubmitAttachmentStateChanges",
    "SubmitContainerStateChange",
    "SubmitTaskStateChange",
    "UpdateContainerAgent",
    "UpdateContainerInstancesState",
    "UpdateTaskProtection",
    noise=True,
)
service.ignores("deletes revisions that are inactive already", "DeleteTaskDefinitions")
service.ignores(
    "no policy reads where tasks are placed, nor how capacity is provided",
    "CreateCapacityProvider",
    "DeleteAttributes",
    "DeleteCapacityProvider",
    "PutAttributes",
    "UpdateCapacityProvider",
)
service.ignores(
    "sets what new resources begin with; those that exist stay as they are",
    "DeleteAccountSetting",
    "PutAccountSetting",
    "PutAccountSettingDefault",
)
service.ignores(
    "daemons and gateways are not covered",
    "AssociateGatewayWithCluster",
    "CreateDaemon",
    "CreateGateway",
    "DeleteDaemon",
    "DeleteDaemonTaskDefinition",
    "DeleteGateway",
    "DisassociateGatewayFromCluster",
    "RegisterDaemonTaskDefinition",
    "UpdateDaemon",
    "UpdateGateway",
)
service.ignores_unnamed("tags of tasks and of capacity are not covered", "TagResource", "UntagResource")
