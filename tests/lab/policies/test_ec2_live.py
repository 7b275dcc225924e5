"""EC2's policies by real calls in the lab."""

from __future__ import annotations

import base64
import time

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
SECRET = "#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n"
NO_SECRET = base64.b64encode(b"#!/bin/sh\necho hello\n").decode()
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]
PORTS = [
    "ec2_instance_port_cifs_exposed_to_internet",
    "ec2_instance_port_rdp_exposed_to_internet",
    "ec2_instance_port_ssh_exposed_to_internet",
]


def test_an_instance_with_its_groups_and_routes(live: Live) -> None:
    ec2, iam = live.client("ec2"), live.client("iam")
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=subnet["VpcId"])["GroupId"]
    opened = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ANYWHERE}
        for port in (22, 445, 3389)
    ]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=opened)
    (made,) = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet["SubnetId"],
        SecurityGroupIds=[group],
        UserData=SECRET,
    )["Instances"]
    instance = made["InstanceId"]
    others = [
        "ec2_instance_imdsv2_enabled",
        "ec2_instance_profile_attached",
        "ec2_instance_public_ip",
        "ec2_instance_secrets_user_data",
    ]
    found = {policy: live.opens(policy, instance) for policy in (*PORTS, *others)}
    assert "no route to an internet gateway" in found[PORTS[0]]["reason"]
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])[
        "Volumes"
    ]
    live.opens("ec2_ebs_volume_encryption", volume["VolumeId"])

    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])[
        "RouteTables"
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=subnet["VpcId"])
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    deadline = time.monotonic() + 30
    while "and a route" not in live.opens(PORTS[0], instance)["reason"]:
        assert time.monotonic() < deadline, "the route's change does not reach the instance"
        time.sleep(0.02)

    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=opened)
    for policy in PORTS:
        live.resolves(policy, instance)
    iam.create_instance_profile(InstanceProfileName="web")
    ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "web"}, InstanceId=instance)
    live.resolves("ec2_instance_profile_attached", instance)
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required", HttpEndpoint="enabled")
    live.resolves("ec2_instance_imdsv2_enabled", instance)
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": NO_SECRET})
    live.resolves("ec2_instance_secrets_user_data", instance)
    live.resolves("ec2_instance_public_ip", instance)
    ec2.terminate_instances(InstanceIds=[instance])
    live.archives("ec2_ebs_volume_encryption", volume["VolumeId"])


def test_snapshots_images_and_addresses(live: Live) -> None:
    ec2 = live.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{live.region}a", Size=1)["VolumeId"]
    live.opens("ec2_ebs_volume_encryption", volume)
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    live.opens("ec2_ebs_snapshots_encrypted", snapshot)
    permission = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "GroupNames": ["all"]}
    ec2.modify_snapshot_attribute(OperationType="add", **permission)
    live.opens("ec2_ebs_public_snapshot", snapshot)
    ec2.modify_snapshot_attribute(OperationType="remove", **permission)
    live.resolves("ec2_ebs_public_snapshot", snapshot)
    ec2.delete_snapshot(SnapshotId=snapshot)
    live.archives("ec2_ebs_snapshots_encrypted", snapshot)
    ec2.delete_volume(VolumeId=volume)
    live.archives("ec2_ebs_volume_encryption", volume)

    image = ec2.register_image(Name="base")["ImageId"]
    live.verdict("ec2_ami_public", image, "PASS")
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    live.opens("ec2_ami_public", image)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"Group": "all"}]})
    live.resolves("ec2_ami_public", image)

    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    live.opens("ec2_elastic_ip_unassigned", address)
    ec2.release_address(AllocationId=address)
    live.archives("ec2_elastic_ip_unassigned", address)


def test_a_launch_template(live: Live) -> None:
    ec2 = live.client("ec2")
    bad = {
        "UserData": base64.b64encode(SECRET.encode()).decode(),
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}],
    }
    made = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=bad)
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    for name in ("imdsv2_required", "no_public_ip", "no_secrets"):
        live.opens(f"ec2_launch_template_{name}", template)
    ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}}
    )
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    live.resolves("ec2_launch_template_imdsv2_required", template)
    ec2.delete_launch_template(LaunchTemplateId=template)
    live.archives("ec2_launch_template_no_secrets", template)


def test_a_network(live: Live) -> None:
    ec2 = live.client("ec2")
    vpc, peer = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "10.1.0.0/16"))
    live.opens("vpc_flow_logs_enabled", vpc)
    logs = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName="flows",
        DeliverLogsPermissionArn=f"arn:aws:iam::{live.account}:role/flows",
    )["FlowLogIds"]
    live.resolves("vpc_flow_logs_enabled", vpc)
    ec2.delete_flow_logs(FlowLogIds=logs)
    live.opens("vpc_flow_logs_enabled", vpc)

    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    live.verdict("vpc_subnet_no_public_ip_by_default", subnet, "PASS")
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    live.opens("vpc_subnet_no_public_ip_by_default", subnet)
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
    live.resolves("vpc_subnet_no_public_ip_by_default", subnet)

    policy = "vpc_peering_routing_tables_with_least_privilege"
    made = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]
    peering = made["VpcPeeringConnectionId"]
    live.verdict(policy, peering, "NOT_APPLICABLE")
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=peering)
    live.opens(policy, peering)
    # the event names the table alone; the edge between them does the rest
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16")
    live.resolves(policy, peering)

    policy = "ec2_transitgateway_auto_accept_vpc_attachments"
    gateway = ec2.create_transit_gateway(Options={"AutoAcceptSharedAttachments": "enable"})["TransitGateway"]
    gateway_id = gateway["TransitGatewayId"]
    live.opens(policy, gateway_id)
    ec2.modify_transit_gateway(
        TransitGatewayId=gateway_id, Options={"AutoAcceptSharedAttachments": "disable"}
    )
    live.resolves(policy, gateway_id)
