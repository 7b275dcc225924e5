"""The policies of VPCs, subnets, peering connections and transit gateways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import is_off, is_one_of
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, names, rule, text
from liveaudit.services.ec2.addresses import Span, merged, spanned
from liveaudit.services.ec2.resources import peering as peering_type
from liveaudit.services.ec2.resources import subnet as subnet_type
from liveaudit.services.ec2.resources import transit_gateway as transit_gateway_type
from liveaudit.services.ec2.resources import vpc as vpc_type

_MOST_ROUTES = 20


@rule(
    vpc_type,
    "vpc_flow_logs_enabled",
    Severity.MEDIUM,
    title="The VPC has a flow log",
    why="Without flow logs nobody can tell afterwards who came in, and where the data went.",
    fix="Make a flow log of the VPC, for rejected traffic at least.",
)
def has_a_flow_log(vpc: Any, flow_logs: Any) -> Verdict:
    """CIS 7.0 4.7; Security Hub user guide, control EC2.6. Logs of single subnets or interfaces are not the VPC's."""
    mapping(vpc, "the VPC")
    logs = mapping({} if flow_logs is None else flow_logs, "the flow logs")
    states = {
        name: mapping(each, name).get("FlowLogStatus") for name, each in logs.items() if each is not None
    }
    active = sorted(name for name, state in states.items() if state == "ACTIVE")
    if active:
        return passed(f"{active[0]} is active")
    if states:
        return failed("no flow log of it is active", FlowLogStatus=states)
    return failed("it has no flow log")


@rule(
    subnet_type,
    "vpc_subnet_no_public_ip_by_default",
    Severity.HIGH,
    title="The subnet gives instances no public address by itself",
    why="Whatever is launched there without a thought can be reached from the internet.",
    fix="Switch the subnet's automatic public addresses off, and ask for one where it is needed.",
)
def gives_no_public_address(subnet: Any) -> Verdict:
    """Security Hub user guide, control EC2.15."""
    return is_off(subnet, "MapPublicIpOnLaunch", "the subnet")


@rule(
    transit_gateway_type,
    "ec2_transitgateway_auto_accept_vpc_attachments",
    Severity.HIGH,
    title="The transit gateway does not accept other accounts' attachments by itself",
    why="Every account that it is shared with could join its VPC to the network, with nobody asked.",
    fix="Switch the gateway's automatic acceptance of shared attachments off, and accept each by hand.",
)
def accepts_nobody_unasked(transit_gateway: Any) -> Verdict:
    """Security Hub user guide, control EC2.23."""
    return is_one_of(
        transit_gateway, "Options.AutoAcceptSharedAttachments", "the transit gateway", ["disable"]
    )


def _blocks(side: Mapping[str, Any]) -> list[str]:
    """The address blocks of one side of a peering connection."""
    blocks = names(side.get("CidrBlockSet", ()), "CidrBlock", "a block")
    blocks += names(side.get("Ipv6CidrBlockSet", ()), "Ipv6CidrBlock", "a block")
    if side.get("CidrBlock"):
        blocks.append(text(side["CidrBlock"], "CidrBlock"))
    return list(dict.fromkeys(blocks))


def _routes(table: Mapping[str, Any], peering_id: str) -> Iterator[Mapping[str, Any]]:
    for route in mappings(table.get("Routes", ()), "Routes"):
        if route.get("VpcPeeringConnectionId") == peering_id:
            yield route


def _whole(blocks: list[str], destinations: list[str]) -> str | None:
    """The first block all of whose addresses lie in the destinations, together."""
    spans: dict[int, list[Span]] = {4: [], 6: []}
    for each in destinations:
        version, span = spanned(each)
        spans[version].append(span)
    together = {version: merged(some) for version, some in spans.items()}
    for block in blocks:
        version, (first, last) = spanned(block)
        if any(low <= first and last <= high for low, high in together[version]):
            return block
    return None


@rule(
    peering_type,
    "vpc_peering_routing_tables_with_least_privilege",
    Severity.MEDIUM,
    title="Routes over the peering connection lead to parts of the peer's VPC only",
    why="A route to the whole of the peer's VPC opens all of it to whoever gets in here, and the other way round.",
    fix="Replace the routes shown by routes to the subnets or hosts that are needed.",
)
def routes_lead_to_parts(peering: Any, route_tables: Any, prefix_lists: Any) -> Verdict:
    """CIS 7.0 6.6; VPC peering guide, "Update your route tables for a VPC peering connection".

    The routes of one table count together: two halves lead to the whole as well as one route does.
    """
    told = mapping(peering, "the peering connection")
    state = mapping(told.get("Status"), "Status").get("Code")
    if state != "active":
        return not_applicable(f"the peering connection is {state}")
    sides = [mapping(told.get(f"{each}VpcInfo"), f"{each}VpcInfo") for each in ("Requester", "Accepter")]
    lists = mapping({} if prefix_lists is None else prefix_lists, "the prefix lists")
    tables = mapping({} if route_tables is None else route_tables, "the route tables")
    found: list[dict[str, Any]] = []
    doubts: list[str] = []
    for name, each in sorted(tables.items()):
        if each is None:
            continue
        table = mapping(each, name)
        if table.get("VpcId") not in [side.get("VpcId") for side in sides]:
            raise UnexpectedShapeError(f"{name} is of neither VPC")
        peer = sides[1] if table["VpcId"] == sides[0].get("VpcId") else sides[0]
        destinations: list[str] = []
        for route in _routes(table, str(told.get("VpcPeeringConnectionId"))):
            listed = route.get("DestinationPrefixListId")
            if listed and lists.get(listed) is None:
                doubts.append(str(listed))
            elif listed:
                destinations += names(lists[listed], "Cidr", f"an entry of {listed}")
            else:
                cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
                destinations.append(text(cidr, "the destination"))
        block = _whole(_blocks(peer), destinations)
        if block:
            found.append(
                {"RouteTableId": name, "PeerCidrBlock": block, "Destinations": destinations[:_MOST_ROUTES]}
            )
    if found:
        return failed(
            f"{', '.join(each['RouteTableId'] for each in found)} leads to the whole of the peer's VPC",
            RouteTables=found,
        )
    if doubts:
        return unknown(f"the entries of {', '.join(sorted(set(doubts)))} are not known")
    return passed("no route over it leads to the whole of the peer's VPC")
