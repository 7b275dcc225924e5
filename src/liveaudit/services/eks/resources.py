"""The table of Amazon EKS: what exists, how it is read, which events change it.

Sources: the API reference and recorded events. Changes of a cluster are asynchronous, and no event tells when they are
done: a second look is taken.
"""

from __future__ import annotations

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service

service = Service("eks", event_source="eks.amazonaws.com")

cluster = service.resource_type(
    "AWS::EKS::Cluster",
    arn="arn:{partition}:eks:{region}:{account}:cluster/{id}",
    # A cluster in a path is named "name" in CloudTrail's records, whatever the operation calls it.
    named_by=["requestParameters.clusterName", "requestParameters.name"],
    gone="ResourceNotFoundException",
)
_CLUSTER = {"name": "{id}"}

cluster.created_by("CreateCluster")
cluster.deleted_by("DeleteCluster")
cluster.listing("ListClusters", items="clusters[].{Name: @}", item_id="Name")
# What is left out changes by itself, or is a secret: the code by which a cluster is connected.
cluster.section(
    "cluster",
    "DescribeCluster",
    _CLUSTER,
    value="cluster",
    omit=[
        "status",
        "health",
        "certificateAuthority",
        "clientRequestToken",
        "connectorConfig",
        "platformVersion",
        "tags",
    ],
    changed_by=[
        "UpdateClusterConfig",
        "UpdateClusterVersion",
        "AssociateEncryptionConfig",
        "CancelUpdate",
    ],
    root=True,
)
cluster.beside_root("tags", value="cluster.tags || `{}`")
for _event in ("TagResource", "UntagResource"):
    cluster.event(_event, "tags", named_by="requestParameters.resourceArn")
cluster.section(
    "addons",
    "ListAddons",
    {"clusterName": "{id}"},
    value="addons",
    each=Each("DescribeAddon", {"clusterName": "{id}", "addonName": "{item}"}, value="addon"),
    changed_by=["CreateAddon", "UpdateAddon", "DeleteAddon"],
)
# A change of the configuration takes minutes, a new version or new encryption longer (EKS user guide).
cluster.takes(600.0, "UpdateClusterConfig")
cluster.takes(900.0, "UpdateClusterVersion", "AssociateEncryptionConfig")
cluster.takes(300.0, "CreateAddon", "UpdateAddon", "DeleteAddon")

service.ignores(
    "who may use a cluster, and as whom its programs work, is read by no policy",
    "ActivateCertificateAuthority",
    "AssociateAccessPolicy",
    "AssociateIdentityProviderConfig",
    "CreateAccessEntry",
    "CreateCapability",
    "CreateCertificateAuthority",
    "CreatePodIdentityAssociation",
    "DeleteAccessEntry",
    "DeleteCapability",
    "DeleteCertificateAuthority",
    "DeletePodIdentityAssociation",
    "DisassociateAccessPolicy",
    "DisassociateIdentityProviderConfig",
    "UpdateAccessEntry",
    "UpdateCapability",
    "UpdatePodIdentityAssociation",
)
service.ignores(
    "nodes are audited as instances, not here",
    "CreateFargateProfile",
    "CreateNodegroup",
    "DeleteFargateProfile",
    "DeleteNodegroup",
    "UpdateNodegroupConfig",
    "UpdateNodegroupVersion",
)
service.ignores(
    "clusters outside of AWS are not covered",
    "CreateEksAnywhereSubscription",
    "DeleteEksAnywhereSubscription",
    "DeregisterCluster",
    "RegisterCluster",
    "UpdateEksAnywhereSubscription",
)
service.ignores("tells about a cluster and changes nothing", "StartInsightsRefresh")
service.ignores("is the console looking into a cluster", "AccessKubernetesApi", noise=True)
service.spells("AccessKubernetesApi")
service.ignores_unnamed("tags of nodes, addons and profiles are not covered", "TagResource", "UntagResource")
