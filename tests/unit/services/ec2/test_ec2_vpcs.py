"""The policies of VPCs, subnets, peering connections and transit gateways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Outcome, Verdict
from liveaudit.services.ec2.resources import flow_log, peering, route_table, subnet, transit_gateway, vpc

Judged = Callable[..., Verdict]
Kept = Callable[[ResourceType, str, Any], Any]
PEERING = "vpc_peering_routing_tables_with_least_privilege"


def log(status: str = "ACTIVE", traffic: str = "REJECT") -> dict[str, Any]:
    return {"FlowLogId": "fl-0a", "ResourceId": "vpc-0a", "FlowLogStatus": status, "TrafficType": traffic}


@pytest.mark.parametrize(
    ("logs", "outcome"),
    [
        ({"fl-0a": log()}, Outcome.PASS),
        ({"fl-0a": log("INACTIVE"), "fl-0b": log(traffic="ALL")}, Outcome.PASS),
        ({"fl-0a": log("INACTIVE")}, Outcome.FAIL),
        ({"fl-0a": None}, Outcome.FAIL),
        ({}, Outcome.FAIL),
    ],
)
def test_flow_logs(judged: Judged, kept: Kept, logs: dict[str, Any], outcome: Outcome) -> None:
    told = kept(vpc, "vpc", {"VpcId": "vpc-0a", "State": "available", "IsDefault": True})
    known = {name: kept(flow_log, "flow_log", each) if each else None for name, each in logs.items()}
    assert judged("vpc_flow_logs_enabled", vpc=told, flow_logs=known).outcome == outcome


def test_flow_logs_of_another_shape(judged: Judged) -> None:
    assert judged("vpc_flow_logs_enabled", vpc={}, flow_logs=[7]).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("given", "outcome"), [(True, Outcome.FAIL), (False, Outcome.PASS), ("yes", Outcome.UNKNOWN)]
)
def test_subnets(judged: Judged, kept: Kept, given: Any, outcome: Outcome) -> None:
    told = kept(
        subnet, "subnet", {"SubnetId": "subnet-0a", "AvailableIpAddressCount": 7, "State": "available"}
    )
    assert "AvailableIpAddressCount" not in told
    told["MapPublicIpOnLaunch"] = given
    assert judged("vpc_subnet_no_public_ip_by_default", subnet=told).outcome == outcome


@pytest.mark.parametrize(("given", "outcome"), [("enable", Outcome.FAIL), ("disable", Outcome.PASS)])
def test_transit_gateways(judged: Judged, kept: Kept, given: str, outcome: Outcome) -> None:
    raw = {
        "TransitGatewayId": "tgw-0a",
        "State": "modifying",
        "Options": {"AutoAcceptSharedAttachments": given},
    }
    told = kept(transit_gateway, "transit_gateway", raw)
    policy = "ec2_transitgateway_auto_accept_vpc_attachments"
    assert judged(policy, transit_gateway=told).outcome == outcome
    assert judged(policy, transit_gateway={"Options": 7}).outcome == Outcome.UNKNOWN


def side(vpc_id: str, *blocks: str, v6: tuple[str, ...] = ()) -> dict[str, Any]:
    told: dict[str, Any] = {"VpcId": vpc_id, "OwnerId": "111122223333", "Region": "eu-west-1"}
    if blocks:
        told |= {"CidrBlock": blocks[0], "CidrBlockSet": [{"CidrBlock": each} for each in blocks]}
    if v6:
        told["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": each} for each in v6]
    return told


def connection(state: str = "active") -> dict[str, Any]:
    return {
        "VpcPeeringConnectionId": "pcx-0a",
        "Status": {"Code": state, "Message": state},
        "RequesterVpcInfo": side("vpc-0a", "10.0.0.0/16"),
        "AccepterVpcInfo": side("vpc-0b", "10.1.0.0/16", "10.2.0.0/20", v6=("2a05:d018::/56",)),
    }


def table(*destinations: str, of: str = "vpc-0a", over: str = "pcx-0a") -> dict[str, Any]:
    def route(to: str) -> dict[str, Any]:
        if to.startswith("pl-"):
            key = "DestinationPrefixListId"
        else:
            key = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
        return {key: to, "VpcPeeringConnectionId": over, "State": "active", "Origin": "CreateRoute"}

    return {"RouteTableId": "rtb-0a", "VpcId": of, "Routes": [route(each) for each in destinations]}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (table("10.1.0.0/16"), Outcome.FAIL),
        (table("10.0.0.0/8"), Outcome.FAIL),
        (table("0.0.0.0/0"), Outcome.FAIL),
        (table("10.2.0.0/20"), Outcome.FAIL),
        (table("2a05:d018::/56"), Outcome.FAIL),
        (table("10.1.0.0/17", "10.1.128.0/17"), Outcome.FAIL),
        (table("10.1.0.0/17"), Outcome.PASS),
        (table("10.1.4.0/24", "10.2.1.7/32"), Outcome.PASS),
        (table("10.1.0.0/16", over="pcx-0b"), Outcome.PASS),
        (table("10.1.0.0/16", of="vpc-0b"), Outcome.PASS),
        (table("10.0.0.0/16", of="vpc-0b"), Outcome.FAIL),
        (table("10.0.0.0/16", of="vpc-0c"), Outcome.UNKNOWN),
        (table("pl-0a"), Outcome.FAIL),
        (table("pl-0b"), Outcome.UNKNOWN),
        (table("pl-0b", "10.1.0.0/16"), Outcome.FAIL),
        (None, Outcome.PASS),
    ],
)
def test_routes_over_a_peering_connection(judged: Judged, kept: Kept, given: Any, outcome: Outcome) -> None:
    verdict = judged(
        PEERING,
        peering=kept(peering, "peering", connection()),
        route_tables={"rtb-0a": given and kept(route_table, "route_table", given)},
        prefix_lists={"pl-0a": [{"Cidr": "10.1.0.0/16"}]},
    )
    assert verdict.outcome == outcome


def test_a_connection_that_is_not_active(judged: Judged, kept: Kept) -> None:
    told = kept(peering, "peering", connection("pending-acceptance"))
    assert judged(PEERING, peering=told, route_tables={}).outcome == Outcome.NOT_APPLICABLE
    assert judged(PEERING, peering={"Status": 7}, route_tables={}).outcome == Outcome.UNKNOWN


def test_routes_that_a_vpn_announces_are_left_out(kept: Kept) -> None:
    raw = table("10.1.4.0/24")
    raw["Routes"].append(
        {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "vgw-0a", "Origin": "EnableVgwRoutePropagation"}
    )
    assert kept(route_table, "route_table", raw) == kept(route_table, "route_table", table("10.1.4.0/24"))
