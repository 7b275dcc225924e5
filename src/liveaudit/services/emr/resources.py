"""The table of Amazon EMR: what exists, how it is read, which events change it.

Sources: the EMR API reference, the management guide's "Logging AWS EMR API calls using AWS CloudTrail", and recorded
events. A cluster that has ended is told of for weeks; here it is gone. Of its configuration, which may hold passwords,
only what is judged is kept.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("elasticmapreduce", event_source="elasticmapreduce.amazonaws.com", client="emr")

_KEPT = {
    "Id": "Id",
    "Name": "Name",
    "State": "Status.State",
    "MasterPublicDnsName": "MasterPublicDnsName",
    "SubnetId": "Ec2InstanceAttributes.Ec2SubnetId",
    "SecurityConfiguration": "SecurityConfiguration",
    "LogUri": "LogUri",
    "ReleaseLabel": "ReleaseLabel",
    "VisibleToAllUsers": "VisibleToAllUsers",
    "TerminationProtected": "TerminationProtected",
}
_CLUSTER = (
    "[Cluster][?Status.State!='TERMINATED' && Status.State!='TERMINATED_WITH_ERRORS'].{"
    + ", ".join(f"{name}: {path}" for name, path in _KEPT.items())
    + "} | [0]"
)

region_settings = service.resource_type(
    "AWS::EMR::RegionSettings",
    arn="arn:{partition}:elasticmapreduce:{id}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "block_public_access",
    "GetBlockPublicAccessConfiguration",
    value="BlockPublicAccessConfiguration",
    changed_by="PutBlockPublicAccessConfiguration",
    root=True,
)
region_settings.shows(
    "block_public_access",
    {
        "requestParameters.blockPublicAccessConfiguration.blockPublicSecurityGroupRules": "BlockPublicSecurityGroupRules"
    },
    "PutBlockPublicAccessConfiguration",
)

cluster = service.resource_type(
    "AWS::EMR::Cluster",
    arn="arn:{partition}:elasticmapreduce:{region}:{account}:cluster/{id}",
    named_by=[
        "responseElements.jobFlowId",
        "requestParameters.clusterId",
        "requestParameters.jobFlowId",
        "requestParameters.jobFlowIds[]",
    ],
    # All that EMR says of a cluster that is not there.
    gone="InvalidRequestException",
)
cluster.created_by("RunJobFlow")
cluster.deleted_by("TerminateJobFlows")
cluster.listing(
    "ListClusters",
    {"ClusterStates": ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]},
    items="Clusters",
    item_id="Id",
)
cluster.section(
    "cluster",
    "DescribeCluster",
    {"ClusterId": "{id}"},
    value=_CLUSTER,
    silent=["State"],
    changed_by=["ModifyCluster", "SetTerminationProtection", "SetVisibleToAllUsers"],
    root=True,
)
cluster.beside_root("tags", value="Cluster.Tags || `[]`", shape=keeping(leaves("Key", "Value")))
for _event in ("AddTags", "RemoveTags"):
    cluster.event(_event, "tags", named_by="requestParameters.resourceId")
# A cluster takes minutes to start, and its first node has its name only then.
cluster.takes(900.0, "RunJobFlow", "TerminateJobFlows")

_RUNS = """
    AddInstanceFleet AddInstanceGroups AddJobFlowSteps CancelSteps ModifyInstanceFleet ModifyInstanceGroups
    PutAutoScalingPolicy PutAutoTerminationPolicy PutManagedScalingPolicy RemoveAutoScalingPolicy
    RemoveAutoTerminationPolicy RemoveManagedScalingPolicy SetKeepJobFlowAliveWhenNoSteps SetUnhealthyNodeReplacement
    StartNotebookExecution StopNotebookExecution StartSession TerminateSession CreatePersistentAppUI
"""
_OTHERS = """
    CreateSecurityConfiguration CreateStudio CreateStudioSessionMapping DeleteSecurityConfiguration DeleteStudio
    DeleteStudioSessionMapping UpdateStudio UpdateStudioSessionMapping
"""
service.ignores("steps, scaling and sessions are not covered", *_RUNS.split())
service.ignores("studios and security configurations are not covered", *_OTHERS.split())
service.ignores_unnamed("tags of studios are not covered", "AddTags", "RemoveTags")
