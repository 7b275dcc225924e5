"""The policies of DynamoDB and DAX by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_table(live: Live) -> None:
    dynamodb = live.client("dynamodb")
    arn = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999900001111:root"},
        "Action": "dynamodb:GetItem",
        "Resource": arn,
    }
    dynamodb.put_resource_policy(
        ResourceArn=arn, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    wrong = (
        "dynamodb_tables_pitr_enabled",
        "dynamodb_table_deletion_protection_enabled",
        "dynamodb_table_cross_account_access",
    )
    # whose key the lab keeps as it was made
    for policy in (*wrong, "dynamodb_tables_kms_cmk_encryption_enabled"):
        live.opens(policy, "orders")
    dynamodb.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.update_table(
        TableName="orders",
        DeletionProtectionEnabled=True,
    )
    dynamodb.delete_resource_policy(ResourceArn=arn)
    for policy in wrong:
        live.resolves(policy, "orders")


def test_a_dax_cluster(live: Live) -> None:
    dax = live.client("dax")
    dax.create_cluster(
        ClusterName="fast",
        NodeType="dax.t3.small",
        ReplicationFactor=1,
        IamRoleArn=f"arn:aws:iam::{live.account}:role/dax",
    )
    for policy in (
        "dynamodb_accelerator_cluster_encryption_enabled",
        "dynamodb_accelerator_cluster_in_transit_encryption_enabled",
    ):
        live.opens(policy, "fast")
