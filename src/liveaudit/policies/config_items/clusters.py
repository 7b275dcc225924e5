"""Items of groups of Auto Scaling, their launch configurations, clusters of EKS, repositories of images and file systems.

Source: properties of these types in AWS's resource schemas, and the sample items of the Rule Development Kit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.kinds import MANY_ZONES, REGIONAL, ItemKind, Sections, described, id_at
from liveaudit.policies.config_items.spelling import LATER

_CLUSTER = {"Name": "name", "Arn": "arn", "Version": "version", "RoleArn": "roleArn", "Endpoint": "endpoint"}
_NETWORK = ("IpFamily", "ServiceIpv4Cidr", "ServiceIpv6Cidr")
_VPC = ("EndpointPrivateAccess", "EndpointPublicAccess", "PublicAccessCidrs", "SecurityGroupIds", "SubnetIds")


def _some(value: Mapping[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of its members, whose names AWS Config begins with a capital."""
    pairs = ((name, (value or {}).get(name[:1].lower() + name[1:])) for name in names)
    return {name: each for name, each in pairs if each is not None}


def _eks_cluster(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """In the words of CloudFormation: of logging the kinds that are on, of encryption the provider's key."""
    cluster = sections.get("cluster") or {}
    logging = (cluster.get("logging") or {}).get("clusterLogging") or ()
    on = [name for each in logging if each.get("enabled") for name in each.get("types") or ()]
    encryption = cluster.get("encryptionConfig") or ()
    return {
        **{name: cluster[key] for name, key in _CLUSTER.items() if cluster.get(key) is not None},
        "ResourcesVpcConfig": _some(cluster.get("resourcesVpcConfig"), _VPC),
        "KubernetesNetworkConfig": _some(cluster.get("kubernetesNetworkConfig"), _NETWORK),
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": name} for name in on]}},
        "EncryptionConfig": [
            {
                "Provider": {"KeyArn": (each.get("provider") or {}).get("keyArn")},
                "Resources": list(each.get("resources") or ()),
            }
            for each in encryption
        ],
    }


_FILE_SYSTEM = ("Encrypted", "FileSystemId", "KmsKeyId", "PerformanceMode", "ProvisionedThroughputInMibps")
_SCANNING, _REPOSITORY = "ImageScanningConfiguration", ("RepositoryName", "ImageTagMutability")


def _document(text: Any) -> Any:
    """A policy document as a structure; what is none as it is."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _repository(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """The two documents are structures, empty where there is none."""
    repository = sections.get("repository") or {}
    lifecycle = sections.get("lifecycle_policy")
    scanning = repository.get("imageScanningConfiguration") or {}
    return {
        **_some(repository, _REPOSITORY),
        "Arn": repository.get("repositoryArn"),
        _SCANNING: {"ScanOnPush": bool(scanning.get("scanOnPush"))},
        "LifecyclePolicy": {} if lifecycle is None else {"LifecyclePolicyText": lifecycle},
        "RepositoryPolicyText": _document(sections.get("policy_document")),
    }


def _file_system(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """The settings that have operations of their own stand beside what describes it."""
    told = sections.get("file_system") or {}
    backup = (sections.get("backup_policy") or {}).get("Status") or "DISABLED"
    return {
        **{name: told[name] for name in (*_FILE_SYSTEM, "ThroughputMode") if told.get(name) is not None},
        "Arn": told.get("FileSystemArn"),
        "BackupPolicy": {"Status": backup},
        "FileSystemPolicy": _document(sections.get("policy_document")),
    }


KINDS = (
    ItemKind(
        "AWS::ECR::Repository",
        ("repository", "policy_document", "lifecycle_policy"),
        _repository,
        zone=REGIONAL,
        relations=(),
        unread=("configuration.EncryptionConfiguration", "configuration.LifecyclePolicy.RegistryId"),
    ),
    ItemKind(
        "AWS::EFS::FileSystem",
        ("file_system", "policy_document", "backup_policy"),
        _file_system,
        zone=REGIONAL,
        unread=("configuration.LifecyclePolicies",),
    ),
    ItemKind(
        "AWS::AutoScaling::AutoScalingGroup",
        ("group",),
        described("group", LATER, "TrafficSources"),
        resource_id=id_at("autoScalingGroupARN"),
        zone=MANY_ZONES,
        unread=("supplementaryConfiguration.LifeCycleHooks",),
    ),
    ItemKind(
        "AWS::AutoScaling::LaunchConfiguration",
        ("configuration",),
        described("configuration", LATER, "UserDataSecrets"),
        resource_id=id_at("launchConfigurationARN"),
    ),
    ItemKind(
        "AWS::EKS::Cluster",
        ("cluster",),
        _eks_cluster,
        zone=REGIONAL,
        relations=(),
        unread=(
            *("configuration.CertificateAuthorityData", "configuration.ClusterStatus"),
            *("configuration.EncryptionConfigKeyArn", "configuration.OpenIdConnectIssuerUrl"),
        ),
    ),
)
