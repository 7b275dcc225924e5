"""EC2's settings of a region, filters, and what the lab says of what it does not have."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab

pytestmark = pytest.mark.lab
ACCOUNT, US, EU = "111111111111", "us-east-1", "eu-west-1"


def test_settings_belong_to_their_region(lab: Lab) -> None:
    us, eu = lab.client(ACCOUNT, "ec2", US), lab.client(ACCOUNT, "ec2", EU)
    assert us.get_snapshot_block_public_access_state()["State"] == "unblocked"
    assert us.enable_snapshot_block_public_access(State="block-all-sharing")["State"] == "block-all-sharing"
    assert us.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"
    assert eu.get_snapshot_block_public_access_state()["State"] == "unblocked"
    us.disable_image_block_public_access()
    assert us.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "unblocked"
    assert (
        us.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)["Return"]
        is True
    )
    level = us.get_instance_metadata_defaults()["AccountLevel"]
    assert (level["HttpTokens"], level["HttpPutResponseHopLimit"]) == ("required", 2)
    us.modify_instance_metadata_defaults(HttpTokens="no-preference")
    assert "HttpTokens" not in us.get_instance_metadata_defaults()["AccountLevel"]
    assert us.enable_serial_console_access()["SerialConsoleAccessEnabled"] is True
    lab.reset()
    assert us.get_snapshot_block_public_access_state()["State"] == "unblocked"


def test_network_acls_by_id(lab: Lab) -> None:
    ec2 = lab.client(ACCOUNT, "ec2", US)
    every = [each["NetworkAclId"] for each in ec2.describe_network_acls()["NetworkAcls"]]
    wanted = [{"Name": "network-acl-id", "Values": every}]
    assert [
        each["NetworkAclId"] for each in ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]
    ] == every
    nothing = [{"Name": "network-acl-id", "Values": ["acl-00000000"]}]
    assert ec2.describe_network_acls(Filters=nothing)["NetworkAcls"] == []


def test_what_moto_does_not_have_is_not_implemented(lab: Lab) -> None:
    iam = lab.client(ACCOUNT, "iam", US)
    with pytest.raises(ClientError) as raised:
        iam.list_organizations_features()
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_queues_policy_outlives_other_attributes(lab: Lab) -> None:
    sqs = lab.client(ACCOUNT, "sqs", US)
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"] == before
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get(
        "Attributes", {}
    )


def test_snapshots_that_everybody_may_restore(lab: Lab) -> None:
    ec2 = lab.client(ACCOUNT, "ec2", US)
    volume = ec2.create_volume(AvailabilityZone=f"{US}a", Size=1)["VolumeId"]
    shared, _ = (ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(2))
    ec2.modify_snapshot_attribute(
        SnapshotId=shared, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    public = ec2.describe_snapshots(OwnerIds=["self"], RestorableByUserIds=["all"])["Snapshots"]
    assert [each["SnapshotId"] for each in public] == [shared]
    assert len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 2
