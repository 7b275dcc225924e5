"""The policies of Redshift by real calls in the lab."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_cluster(live: Live) -> None:
    redshift, ec2 = live.client("redshift"), live.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="dwh", Description="d", VpcId=vpc)["GroupId"]
    rule = {
        "GroupId": group,
        "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 5439, "ToPort": 5439, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ],
    }
    ec2.authorize_security_group_ingress(**rule)
    redshift.create_cluster(
        ClusterIdentifier="dwh",
        NodeType="ra3.large",
        MasterUsername="owner",
        MasterUserPassword="A-passw0rd",
        VpcSecurityGroupIds=[group],
        PubliclyAccessible=True,
        Encrypted=False,
        AutomatedSnapshotRetentionPeriod=1,
        AllowVersionUpgrade=False,
        Port=5439,
    )
    mended = (
        "redshift_cluster_public_access",
        "redshift_cluster_automated_snapshot",
        "redshift_cluster_audit_logging",
        "redshift_security_group_restricted_ingress",
        "redshift_cluster_enhanced_vpc_routing",
        "redshift_cluster_automatic_upgrades",
    )
    for policy in (
        *mended,
        "redshift_cluster_encrypted_at_rest",
        "redshift_cluster_in_transit_encryption_enabled",
    ):
        live.opens(policy, "dwh")
    # A change of the group audits the clusters that stand on it.
    ec2.revoke_security_group_ingress(**rule)
    redshift.modify_cluster(
        ClusterIdentifier="dwh",
        PubliclyAccessible=False,
        AutomatedSnapshotRetentionPeriod=7,
        EnhancedVpcRouting=True,
        AllowVersionUpgrade=True,
    )
    live.client("s3").create_bucket(Bucket="logs-of-dwh")
    redshift.enable_logging(ClusterIdentifier="dwh", BucketName="logs-of-dwh", S3KeyPrefix="r/")
    for policy in mended:
        live.resolves(policy, "dwh")
