"""The policies of instances, on what their sections keep of EC2's answers."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Outcome, Verdict
from liveaudit.services.ec2.resources import instance, prefix_list, route_table, security_group

Judged = Callable[..., Verdict]
Kept = Callable[[ResourceType, str, Any], Any]

SECRET = "export DB_PASSWORD=hunter2hunter2"


def interface(
    number: int = 1, *, groups: tuple[str, ...] = ("sg-0a",), public: str = "", v6: str = ""
) -> Any:
    """A network interface as DescribeInstances gives it."""
    told: dict[str, Any] = {
        "NetworkInterfaceId": f"eni-0{number}",
        "SubnetId": "subnet-0a",
        "Status": "in-use",
        "Attachment": {"AttachmentId": f"eni-attach-0{number}", "Status": "attached", "DeviceIndex": 0},
        "Groups": [{"GroupId": each, "GroupName": each} for each in groups],
        "Ipv6Addresses": [{"Ipv6Address": v6}] if v6 else [],
    }
    if public:
        told["Association"] = {"PublicIp": public, "IpOwnerId": "amazon"}
    return told


def described(*interfaces: Any, **more: Any) -> dict[str, Any]:
    """An instance as DescribeInstances gives it."""
    return {
        "InstanceId": "i-0a",
        "State": {"Code": 16, "Name": "running"},
        "VpcId": "vpc-0a",
        "SubnetId": "subnet-0a",
        "SecurityGroups": [],
        "NetworkInterfaces": list(interfaces),
        "ClientToken": "t",
        **more,
    }


def options(**given: Any) -> dict[str, Any]:
    return {"State": "applied", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1, **given}


def opening(port: int, *, cidr: str = "0.0.0.0/0", protocol: str = "tcp", to: int | None = None) -> Any:
    """A group that opens a port."""
    rule: dict[str, Any] = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": cidr}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }
    if protocol != "-1":
        rule |= {"FromPort": port, "ToPort": port if to is None else to}
    return {"GroupId": "sg-0a", "IpPermissions": [rule]}


def table(*, subnet: str | None = None, gateway: str = "igw-0a", state: str = "active") -> dict[str, Any]:
    """A route table, of a subnet or the main one."""
    association: dict[str, Any] = {"RouteTableAssociationId": "rtbassoc-0a", "Main": subnet is None}
    if subnet is not None:
        association["SubnetId"] = subnet
    return {
        "RouteTableId": "rtb-0a",
        "VpcId": "vpc-0a",
        "Associations": [association],
        "Routes": [
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway, "State": state},
        ],
    }


def test_what_is_kept_of_an_instance(kept: Kept) -> None:
    raw = described(
        interface(2, groups=("sg-0b", "sg-0a")),
        interface(1, public="54.0.0.1"),
        KeyName="k",
        Tags=[{"Key": "password", "Value": "hunter2"}],
        MetadataOptions=options(HttpTokens="required"),
    )
    told = kept(instance, "instance", raw)
    again = described(
        interface(1, public="54.0.0.1"),
        interface(2, groups=("sg-0a", "sg-0b")),
        MetadataOptions=options(HttpTokens="required", State="pending"),
    )
    assert told == kept(instance, "instance", again), "order, tags and states on the way do not count"
    assert told["NetworkInterfaceIds"] == ["eni-01", "eni-02"]
    assert told["AttachmentIds"] == ["eni-attach-01", "eni-attach-02"]
    assert "hunter2" not in repr(told)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (options(HttpTokens="required"), Outcome.PASS),
        (options(HttpTokens="optional"), Outcome.FAIL),
        ({"HttpEndpoint": "disabled", "HttpTokens": "optional"}, Outcome.PASS),
        (None, Outcome.UNKNOWN),
    ],
)
def test_tokens(judged: Judged, kept: Kept, given: Any, outcome: Outcome) -> None:
    raw = described() if given is None else described(MetadataOptions=given)
    verdict = judged("ec2_instance_imdsv2_enabled", instance=kept(instance, "instance", raw))
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/web", "Id": "A"}}, Outcome.PASS),
        ({}, Outcome.FAIL),
    ],
)
def test_profile(judged: Judged, kept: Kept, given: Any, outcome: Outcome) -> None:
    told = kept(instance, "instance", described(**given))
    assert judged("ec2_instance_profile_attached", instance=told).outcome == outcome


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        (described(interface()), []),
        (described(interface(v6="2001:db8::1")), []),
        (described(interface(public="54.0.0.1"), PublicIpAddress="54.0.0.1"), ["54.0.0.1"]),
        (described(interface(1), interface(2, public="54.0.0.2")), ["54.0.0.2"]),
        (
            described(
                {
                    **interface(),
                    "PrivateIpAddresses": [
                        {"PrivateIpAddress": "10.0.0.5", "Primary": True},
                        {"PrivateIpAddress": "10.0.0.6", "Association": {"PublicIp": "54.0.0.3"}},
                    ],
                }
            ),
            ["54.0.0.3"],
        ),
    ],
)
def test_public_addresses(judged: Judged, kept: Kept, raw: Any, addresses: list[str]) -> None:
    verdict = judged("ec2_instance_public_ip", instance=kept(instance, "instance", raw))
    assert verdict.outcome == (Outcome.FAIL if addresses else Outcome.PASS)
    assert verdict.evidence.get("PublicIp", []) == addresses


@pytest.mark.parametrize("packed", [False, True])
def test_secrets_in_user_data(judged: Judged, kept: Kept, packed: bool) -> None:
    script = f"#!/bin/sh\n{SECRET}\n".encode()
    raw = base64.b64encode(gzip.compress(script) if packed else script).decode()
    told = kept(instance, "user_data", raw)
    verdict = judged("ec2_instance_secrets_user_data", user_data=told)
    assert verdict.outcome == Outcome.FAIL
    assert "hunter2" not in repr((told, verdict))
    assert verdict.evidence["Secrets"] == [{"Line": 2, "Secret": "password"}]


def test_user_data_without_secrets(judged: Judged, kept: Kept) -> None:
    policy = "ec2_instance_secrets_user_data"
    script = b"#!/bin/sh\nexport DB_PASSWORD=$(aws ssm get-parameter --name /db)\n"
    told = kept(instance, "user_data", base64.b64encode(script).decode())
    assert judged(policy, user_data=told).outcome == Outcome.PASS
    assert judged(policy, user_data=None).outcome == Outcome.PASS
    assert judged(policy, user_data="text").outcome == Outcome.UNKNOWN


SSH = "ec2_instance_port_ssh_exposed_to_internet"


@pytest.mark.parametrize(
    ("policy", "group", "outcome"),
    [
        (SSH, opening(22), Outcome.FAIL),
        (SSH, opening(20, to=30), Outcome.FAIL),
        (SSH, opening(0, protocol="-1"), Outcome.FAIL),
        (SSH, opening(22, cidr="10.0.0.0/8"), Outcome.PASS),
        (SSH, opening(22, protocol="udp"), Outcome.PASS),
        (SSH, opening(443), Outcome.PASS),
        ("ec2_instance_port_rdp_exposed_to_internet", opening(3389), Outcome.FAIL),
        ("ec2_instance_port_rdp_exposed_to_internet", opening(22), Outcome.PASS),
        ("ec2_instance_port_cifs_exposed_to_internet", opening(139), Outcome.FAIL),
        ("ec2_instance_port_cifs_exposed_to_internet", opening(445), Outcome.FAIL),
        ("ec2_instance_port_cifs_exposed_to_internet", opening(138), Outcome.PASS),
        ("ec2_instance_port_kerberos_exposed_to_internet", opening(749), Outcome.FAIL),
        ("ec2_instance_port_mysql_exposed_to_internet", opening(3306), Outcome.FAIL),
        ("ec2_instance_port_mysql_exposed_to_internet", opening(5432), Outcome.PASS),
        (SSH, "nonsense", Outcome.UNKNOWN),
    ],
)
def test_ports(judged: Judged, kept: Kept, policy: str, group: Any, outcome: Outcome) -> None:
    told = kept(instance, "instance", described(interface()))
    groups = {"sg-0a": group if group == "nonsense" else kept(security_group, "group", group)}
    verdict = judged(policy, instance=told, groups=groups, prefix_lists={}, route_tables={})
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("face", "tables", "how", "routed"),
    [
        (interface(), {"rtb-0a": table()}, "no public address", True),
        (interface(public="54.0.0.1"), {"rtb-0a": table()}, "and a route", True),
        (interface(v6="2a05:d018::1"), {"rtb-0a": table()}, "and a route", True),
        (interface(public="54.0.0.1"), {"rtb-0a": table(gateway="vgw-0a")}, "no route", False),
        (interface(public="54.0.0.1"), {"rtb-0a": table(state="blackhole")}, "no route", False),
        (
            interface(public="54.0.0.1"),
            {"rtb-0a": table(), "rtb-0b": table(subnet="subnet-0a", gateway="vgw-0a")},
            "no route",
            False,
        ),
        (interface(public="54.0.0.1"), {"rtb-0a": table(), "rtb-0b": None}, "and a route", True),
        (interface(public="54.0.0.1"), None, "no route", False),
    ],
)
def test_how_far_it_is_open_is_told(
    judged: Judged, kept: Kept, face: Any, tables: Any, how: str, routed: bool
) -> None:
    verdict = judged(
        SSH,
        instance=kept(instance, "instance", described(face)),
        groups={"sg-0a": kept(security_group, "group", opening(22))},
        prefix_lists={},
        route_tables=tables
        and {
            name: kept(route_table, "route_table", each) if each is not None else None
            for name, each in tables.items()
        },
    )
    assert verdict.outcome == Outcome.FAIL
    assert how in verdict.reason
    assert verdict.evidence["RouteToInternetGateway"] == routed


def test_the_worst_interface_is_told(judged: Judged, kept: Kept) -> None:
    raw = described(interface(1), interface(2, public="54.0.0.1"), interface(3, groups=("sg-0b",)))
    verdict = judged(
        SSH,
        instance=kept(instance, "instance", raw),
        groups={"sg-0a": opening(22), "sg-0b": {"IpPermissions": []}},
        prefix_lists={},
        route_tables={"rtb-0a": kept(route_table, "route_table", table())},
    )
    assert verdict.evidence["NetworkInterfaceId"] == "eni-02"


def test_groups_of_an_interface_count_together(judged: Judged, kept: Kept) -> None:
    halves = {"sg-0a": opening(22, cidr="0.0.0.0/1"), "sg-0b": opening(22, cidr="128.0.0.0/1")}
    one = kept(instance, "instance", described(interface(groups=("sg-0a", "sg-0b"))))
    two = kept(instance, "instance", described(interface(1), interface(2, groups=("sg-0b",))))
    for told, outcome in ((one, Outcome.FAIL), (two, Outcome.PASS)):
        verdict = judged(SSH, instance=told, groups=halves, prefix_lists={}, route_tables={})
        assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("entries", "outcome"),
    [
        ([{"Cidr": "0.0.0.0/0"}], Outcome.FAIL),
        ([{"Cidr": "10.0.0.0/8"}], Outcome.PASS),
        (None, Outcome.UNKNOWN),
    ],
)
def test_a_prefix_list(judged: Judged, kept: Kept, entries: Any, outcome: Outcome) -> None:
    by_list = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "PrefixListIds": [{"PrefixListId": "pl-0a"}],
    }
    group = kept(security_group, "group", {"GroupId": "sg-0a", "IpPermissions": [by_list]})
    lists = {} if entries is None else {"pl-0a": [kept(prefix_list, "entries", entries)][0]}
    verdict = judged(
        SSH,
        instance=kept(instance, "instance", described(interface())),
        groups={"sg-0a": group},
        prefix_lists=lists,
        route_tables={},
    )
    assert verdict.outcome == outcome


def test_a_group_that_is_not_known(judged: Judged, kept: Kept) -> None:
    told = kept(instance, "instance", described(interface(groups=("sg-0a", "sg-0b"))))
    for groups, outcome in (
        ({"sg-0a": opening(443), "sg-0b": None}, Outcome.UNKNOWN),
        ({"sg-0a": opening(22), "sg-0b": None}, Outcome.FAIL),
    ):
        verdict = judged(SSH, instance=told, groups=groups, prefix_lists={}, route_tables={})
        assert verdict.outcome == outcome


def test_an_instance_whose_interfaces_are_not_told(judged: Judged, kept: Kept) -> None:
    raw = described(SecurityGroups=[{"GroupId": "sg-0a", "GroupName": "web"}], PublicIpAddress="54.0.0.1")
    told = kept(instance, "instance", raw)
    verdict = judged(SSH, instance=told, groups={"sg-0a": opening(22)}, prefix_lists={}, route_tables={})
    assert verdict.outcome == Outcome.FAIL


PROFILE = {"IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/web"}}


@pytest.mark.parametrize(
    ("policy", "raw", "outcome"),
    [
        (
            "internet_facing_with_instance_profile",
            described(interface(public="54.0.0.1"), **PROFILE),
            Outcome.FAIL,
        ),
        ("internet_facing_with_instance_profile", described(interface(public="54.0.0.1")), Outcome.PASS),
        ("internet_facing_with_instance_profile", described(interface(), **PROFILE), Outcome.PASS),
        ("detailed_monitoring_enabled", described(Monitoring={"State": "enabled"}), Outcome.PASS),
        ("detailed_monitoring_enabled", described(Monitoring={"State": "pending"}), Outcome.PASS),
        ("detailed_monitoring_enabled", described(Monitoring={"State": "disabled"}), Outcome.FAIL),
        ("paravirtual_type", described(VirtualizationType="paravirtual"), Outcome.FAIL),
        ("paravirtual_type", described(VirtualizationType="hvm"), Outcome.PASS),
        ("uses_single_eni", described(interface(1), interface(2)), Outcome.FAIL),
        ("uses_single_eni", described(interface(1)), Outcome.PASS),
    ],
)
def test_one_thing_of_an_instance(
    judged: Judged, kept: Kept, policy: str, raw: Any, outcome: Outcome
) -> None:
    assert judged(f"ec2_instance_{policy}", instance=kept(instance, "instance", raw)).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "odd"),
    [
        ("internet_facing_with_instance_profile", {"NetworkInterfaces": 7}),
        ("detailed_monitoring_enabled", {"Monitoring": 7}),
        ("paravirtual_type", {"VirtualizationType": 7}),
        ("uses_single_eni", {"NetworkInterfaces": [{"NetworkInterfaceId": 7}]}),
    ],
)
def test_an_instance_of_another_shape(judged: Judged, policy: str, odd: Any) -> None:
    assert judged(f"ec2_instance_{policy}", instance=odd).outcome == Outcome.UNKNOWN
