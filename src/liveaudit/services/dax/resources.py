"""The table of DAX: clusters. Source: the API reference of DynamoDB Accelerator."""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("dax", event_source="dax.amazonaws.com")

cluster = service.resource_type(
    "AWS::DAX::Cluster",
    arn="arn:{partition}:dax:{region}:{account}:cache/{id}",
    named_by=["responseElements.cluster.clusterName", "requestParameters.clusterName"],
    gone="ClusterNotFoundFault",
    lower_case=True,
)
# One name a call: with a name that there is none of the whole call fails.
cluster.section(
    "cluster",
    "DescribeClusters",
    {"ClusterNames": ["{id}"]},
    items="Clusters",
    item_id="ClusterName",
    silent=[
        "ActiveNodes",
        "NodeStatus",
        "NodeIdsToRemove",
        "ParameterApplyStatus",
        "ParameterGroupStatus",
        "Status",
    ],
    changed_by=["UpdateCluster", "IncreaseReplicationFactor", "DecreaseReplicationFactor", "RebootNode"],
    root=True,
)
cluster.section(
    "tags", "ListTags", {"ResourceName": "{arn}"}, value="Tags", shape=keeping(leaves("Key", "Value"))
)
for _event in ("TagResource", "UntagResource"):
    cluster.event(_event, "cluster", "tags", named_by="requestParameters.resourceName")
cluster.created_by("CreateCluster")
cluster.deleted_by("DeleteCluster")
cluster.takes(
    900.0,
    "CreateCluster",
    "DecreaseReplicationFactor",
    "DeleteCluster",
    "IncreaseReplicationFactor",
    "UpdateCluster",
)
cluster.listing("DescribeClusters", items="Clusters", item_id="ClusterName", provides={"cluster": "@"})

service.ignores(
    "parameter and subnet groups are read by no policy",
    "CreateParameterGroup",
    "CreateSubnetGroup",
    "DeleteParameterGroup",
    "DeleteSubnetGroup",
    "UpdateParameterGroup",
    "UpdateSubnetGroup",
)
