"""The table of Amazon ECR: what exists, how it is read, which events change it.

Sources: the API reference and recorded events. Whether a repository's images are scanned is decided by the registry's
rules, and only without them by the repository's own switch (ECR user guide, "Image scanning").
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("ecr", event_source="ecr.amazonaws.com")

# AWS gives settings of an account or region no ARN; this one is ours, made so that it collides with none of AWS's.
registry = service.resource_type(
    "AWS::ECR::RegistrySettings",
    arn="arn:{partition}:ecr:{id}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
registry.section(
    "scanning",
    "GetRegistryScanningConfiguration",
    value="scanningConfiguration",
    changed_by="PutRegistryScanningConfiguration",
    root=True,
)
registry.section(
    "policy_document",
    "GetRegistryPolicy",
    value="policyText",
    absent="RegistryPolicyNotFoundException",
    changed_by=["PutRegistryPolicy", "DeleteRegistryPolicy"],
)

repository = service.resource_type(
    "AWS::ECR::Repository",
    arn="arn:{partition}:ecr:{region}:{account}:repository/{id}",
    named_by="requestParameters.repositoryName",
    gone="RepositoryNotFoundException",
)
_REPOSITORY = {"repositoryName": "{id}"}

repository.created_by("CreateRepository")
repository.deleted_by("DeleteRepository")
repository.listing(
    "DescribeRepositories", items="repositories", item_id="repositoryName", provides={"repository": "@"}
)
# Not many at once: of a name that is gone the whole call fails.
repository.section(
    "repository",
    "DescribeRepositories",
    {"repositoryNames": ["{id}"]},
    value="repositories[0]",
    changed_by=["PutImageScanningConfiguration", "PutImageTagMutability"],
    root=True,
)
repository.reference("registry_scanning", registry, "scanning", resource_id="{region}")
repository.section(
    "policy_document",
    "GetRepositoryPolicy",
    _REPOSITORY,
    value="policyText",
    absent="RepositoryPolicyNotFoundException",
    changed_by=["SetRepositoryPolicy", "DeleteRepositoryPolicy"],
)
repository.section(
    "lifecycle_policy",
    "GetLifecyclePolicy",
    _REPOSITORY,
    value="lifecyclePolicyText",
    absent="LifecyclePolicyNotFoundException",
    changed_by=["PutLifecyclePolicy", "DeleteLifecyclePolicy"],
)
repository.section("tags", "ListTagsForResource", {"resourceArn": "{arn}"}, value="tags")
for _event in ("TagResource", "UntagResource"):
    repository.event(_event, "tags", named_by="requestParameters.resourceArn")

service.ignores(
    "works on images, not on the repository's configuration",
    "BatchCheckLayerAvailability",
    "BatchDeleteImage",
    "BatchGetImage",
    "CompleteLayerUpload",
    "GetAuthorizationToken",
    "InitiateLayerUpload",
    "PutImage",
    "StartImageScan",
    "StartLifecyclePolicyPreview",
    "UpdateImageStorageClass",
    "UploadLayerPart",
    noise=True,
)
service.ignores("is lifecycle rules at work, which delete images", "PolicyExecutionEvent", noise=True)
service.spells("PolicyExecutionEvent")
service.ignores(
    "caches of other registries, replication and signing are read by no policy",
    "CreatePullThroughCacheRule",
    "CreateRepositoryCreationTemplate",
    "DeletePullThroughCacheRule",
    "DeleteRepositoryCreationTemplate",
    "DeleteSigningConfiguration",
    "DeregisterPullTimeUpdateExclusion",
    "PutAccountSetting",
    "PutReplicationConfiguration",
    "PutSigningConfiguration",
    "RegisterPullTimeUpdateExclusion",
    "UpdatePullThroughCacheRule",
    "UpdateRepositoryCreationTemplate",
    "ValidatePullThroughCacheRule",
)
