"""The policies of ECR and EKS by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def test_a_repository(live: Live) -> None:
    ecr = live.client("ecr")
    ecr.create_repository(repositoryName="team/app")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
    ecr.set_repository_policy(
        repositoryName="team/app",
        policyText=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}),
    )
    scanned = "ecr_repositories_scan_images_on_push_enabled"
    policies = ("ecr_repositories_not_publicly_accessible", "ecr_repositories_tag_immutability", scanned)
    for policy in policies:
        live.opens(policy, "team/app")
    ecr.delete_repository_policy(repositoryName="team/app")
    ecr.put_image_tag_mutability(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName="team/app", imageScanningConfiguration={"scanOnPush": True}
    )
    for policy in policies:
        live.resolves(policy, "team/app")
    # the registry's rules reach the repository by the edge between them
    rule = {
        "scanFrequency": "SCAN_ON_PUSH",
        "repositoryFilters": [{"filter": "other/*", "filterType": "WILDCARD"}],
    }
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])
    live.opens(scanned, "team/app")


def test_a_cluster(live: Live) -> None:
    eks = live.client("eks")
    role = f"arn:aws:iam::{live.account}:role/eks"
    network = {"subnetIds": ["subnet-1", "subnet-2"], "endpointPublicAccess": True}
    eks.create_cluster(
        name="main",
        roleArn=role,
        version="1.29",
        resourcesVpcConfig={**network, "publicAccessCidrs": ["0.0.0.0/0"]},
    )
    public, logs = "eks_cluster_not_publicly_accessible", "eks_control_plane_logging_all_types_enabled"
    version = "eks_cluster_uses_a_supported_version"
    encrypted = "eks_cluster_kms_cmk_encryption_in_secrets_enabled"
    for policy in (public, logs, version, encrypted):
        live.opens(policy, "main")
    eks.update_cluster_config(
        name="main", logging={"clusterLogging": [{"types": LOG_TYPES, "enabled": True}]}
    )
    live.resolves(logs, "main")
    eks.update_cluster_config(
        name="main", resourcesVpcConfig={**network, "publicAccessCidrs": ["198.51.100.0/24"]}
    )
    live.resolves(public, "main")
    # moto has neither UpdateClusterVersion nor AssociateEncryptionConfig
    eks.delete_cluster(name="main")
    live.archives(version, "main")
    eks.create_cluster(
        name="main",
        roleArn=role,
        version="1.99",
        resourcesVpcConfig=network,
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:x:1:key/k"}}],
    )
    for policy in (version, encrypted):
        live.verdict(policy, "main", "PASS")
