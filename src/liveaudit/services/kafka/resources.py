"""The table of Amazon MSK: what exists, how it is read, which events change it.

Sources: the MSK API reference, the developer guide's "Log API calls with AWS CloudTrail", and recorded events. A request
holds the cluster's ARN percent-encoded, as it stands in the URL; answers have it as it is.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("kafka", event_source="kafka.amazonaws.com")

cluster = service.resource_type(
    "AWS::MSK::Cluster",
    arn="arn:{partition}:kafka:{region}:{account}:cluster/{id}",
    named_by=["responseElements.clusterArn", "requestParameters.clusterArn"],
    gone="NotFoundException",
)
_ARN = {"ClusterArn": "arn:{partition}:kafka:{region}:{account}:cluster/{id}"}
cluster.created_by("CreateCluster", "CreateClusterV2")
cluster.deleted_by("DeleteCluster")
cluster.listing("ListClustersV2", items="ClusterInfoList", item_id="ClusterArn")
cluster.section(
    "cluster",
    "DescribeClusterV2",
    _ARN,
    value="ClusterInfo",
    # Every operation on a cluster changes these, and its progress does.
    silent=["ActiveOperationArn", "CurrentVersion", "State", "StateInfo"],
    changed_by=[
        "UpdateSecurity",
        "UpdateConnectivity",
        "UpdateMonitoring",
        "UpdateClusterConfiguration",
        "UpdateClusterKafkaVersion",
        "UpdateBrokerCount",
        "UpdateBrokerType",
        "UpdateBrokerStorage",
        "UpdateStorage",
        "UpdateRebalancing",
    ],
    root=True,
)
cluster.section(
    "policy_document",
    "GetClusterPolicy",
    _ARN,
    value="Policy",
    absent="NotFoundException",
    changed_by=["PutClusterPolicy", "DeleteClusterPolicy"],
)
# They go on for a quarter of an hour and more.
cluster.takes(
    900.0, "CreateCluster", "CreateClusterV2", "DeleteCluster", "UpdateSecurity", "UpdateConnectivity"
)
cluster.shows(
    "cluster",
    {
        "requestParameters.encryptionInfo.encryptionInTransit.clientBroker": (
            "Provisioned.EncryptionInfo.EncryptionInTransit.ClientBroker"
        ),
        "requestParameters.clientAuthentication.unauthenticated.enabled": (
            "Provisioned.ClientAuthentication.Unauthenticated.Enabled"
        ),
    },
    "UpdateSecurity",
)
cluster.shows(
    "cluster",
    {
        "requestParameters.connectivityInfo.publicAccess.type": (
            "Provisioned.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type"
        )
    },
    "UpdateConnectivity",
)

_OTHERS = """
    BatchAssociateScramSecret BatchDisassociateScramSecret CreateChannel CreateConfiguration CreateReplicator
    CreateTopic CreateVpcConnection DeleteChannel DeleteConfiguration DeleteReplicator DeleteTopic DeleteVpcConnection
    RejectClientVpcConnection UpdateChannel UpdateConfiguration UpdateReplicationInfo UpdateTopic
"""
service.ignores(
    "secrets, configurations, topics, replicators and VPC connections are not covered", *_OTHERS.split()
)
service.ignores("a broker starts again as it was", "RebootBroker")
service.ignores("tags are not covered", "TagResource", "UntagResource")
