"""The policies of security groups and network ACLs by real calls in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
FROM_ANYWHERE = "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port"
PORTS = {
    f"{FROM_ANYWHERE}_22": 22,
    f"{FROM_ANYWHERE}_3389": 3389,
    f"{FROM_ANYWHERE}_elasticsearch_kibana_9200_9300_5601": 9200,
    f"{FROM_ANYWHERE}_ftp_20_21": 21,
    f"{FROM_ANYWHERE}_mongodb_27017_27018": 27017,
    f"{FROM_ANYWHERE}_mysql_3306": 3306,
    f"{FROM_ANYWHERE}_oracle_1521_2483": 1521,
    f"{FROM_ANYWHERE}_postgres_5432": 5432,
    f"{FROM_ANYWHERE}_redis_6379": 6379,
    f"{FROM_ANYWHERE}_sql_server_1433_1434": 1433,
    f"{FROM_ANYWHERE}_telnet_23": 23,
    "ec2_securitygroup_allow_ingress_cifs_445": 445,
}


def from_anywhere(port: int) -> dict[str, Any]:
    """A rule that opens a TCP port to the internet."""
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }


def test_ports(live: Live) -> None:
    ec2 = live.client("ec2")
    group = ec2.create_security_group(GroupName="open", Description="open")["GroupId"]
    rules = [from_anywhere(port) for port in PORTS.values()]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    for policy in PORTS:
        live.opens(policy, group)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    for policy in PORTS:
        live.resolves(policy, group)


def test_everything_and_the_default_group(live: Live) -> None:
    ec2 = live.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    (default,) = [each for each in found if each["GroupName"] == "default"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    live.opens("ec2_securitygroup_default_restrict_traffic", default["GroupId"])
    ec2.authorize_security_group_ingress(GroupId=default["GroupId"], IpPermissions=everything)
    live.opens("ec2_securitygroup_allow_ingress_from_internet_to_all_ports", default["GroupId"])
    ec2.revoke_security_group_ingress(GroupId=default["GroupId"], IpPermissions=everything)
    live.resolves("ec2_securitygroup_allow_ingress_from_internet_to_all_ports", default["GroupId"])
    (now,) = ec2.describe_security_groups(GroupIds=[default["GroupId"]])["SecurityGroups"]
    if now["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=default["GroupId"], IpPermissions=now["IpPermissions"])
    ec2.revoke_security_group_egress(GroupId=default["GroupId"], IpPermissions=now["IpPermissionsEgress"])
    live.resolves("ec2_securitygroup_default_restrict_traffic", default["GroupId"])


def test_a_network_acl(live: Live) -> None:
    ec2 = live.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.21.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {
        "NetworkAclId": acl,
        "RuleNumber": 90,
        "Protocol": "-1",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "0.0.0.0/0",
    }
    ec2.create_network_acl_entry(**entry)
    policies = (
        "ec2_networkacl_allow_ingress_any_port",
        "ec2_networkacl_allow_ingress_tcp_port_22",
        "ec2_networkacl_allow_ingress_tcp_port_3389",
    )
    for policy in policies:
        live.opens(policy, acl)
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=90, Egress=False)
    for policy in policies:
        live.resolves(policy, acl)
