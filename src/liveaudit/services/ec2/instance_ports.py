"""The policies that say: none of the instance's groups opens this TCP port to the internet.

They weigh what the groups of a network interface let in together. Whether an interface has a public address, and its subnet
a route to an internet gateway, is told with the verdict: where one is missing today, the other may come tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.shapes import mapping, mappings, names, rule
from liveaudit.services.ec2.exposure import Opening, exposure
from liveaudit.services.ec2.instance_policies import public_ipv4
from liveaudit.services.ec2.resources import instance as instance_type

_MOST_RULES = 20
_INTERNET_GATEWAY = "igw-"


@dataclass(frozen=True, slots=True)
class Ports:
    """One row of the table below: a service's TCP ports."""

    name: str
    service: str
    ports: tuple[int, ...]
    why: str


_DATABASE = "A database that everybody can reach is one guessed password away from being copied."

CLOSED = (
    Ports(
        "cifs",
        "SMB/CIFS",
        (139, 445),
        "Windows file sharing has had worms of its own, and shares often let guests in.",
    ),
    Ports(
        "rdp",
        "Remote Desktop",
        (3389,),
        "Remote Desktop on the internet is how much ransomware gets in: by guessed passwords and unpatched servers.",
    ),
    Ports(
        "ssh", "SSH", (22,), "Passwords and keys are tried against every SSH server on the internet all day."
    ),
    Ports(
        "cassandra",
        "Cassandra",
        (7000, 7001, 7199, 9042, 9160),
        "The management and client ports of Cassandra ask for no password unless told to.",
    ),
    Ports(
        "elasticsearch_kibana",
        "Elasticsearch or Kibana",
        (9200, 9300, 5601),
        "Search clusters are often set up without a password, and emptied or held to ransom when found.",
    ),
    Ports("ftp", "FTP", (20, 21), "FTP sends names, passwords and files in the clear."),
    Ports("kafka", "Kafka", (9092,), "A plaintext listener lets everybody read and write every topic."),
    Ports(
        "kerberos",
        "Kerberos",
        (88, 464, 749, 750),
        "A key distribution center on the internet lets strangers guess the passwords of every user.",
    ),
    Ports(
        "ldap",
        "LDAP",
        (389, 636),
        "A directory that everybody can reach tells strangers who there is, and takes their log-in attempts.",
    ),
    Ports(
        "memcached",
        "Memcached",
        (11211,),
        "Memcached has no log-in: its whole content can be read and replaced.",
    ),
    Ports(
        "mongodb",
        "MongoDB",
        (27017, 27018),
        "Open MongoDB servers are found within hours, copied and deleted.",
    ),
    Ports("mysql", "MySQL", (3306,), _DATABASE),
    Ports(
        "oracle",
        "Oracle",
        (1521, 2483, 2484),
        "The listener tells strangers which databases there are, and takes their log-in attempts.",
    ),
    Ports("postgresql", "PostgreSQL", (5432,), _DATABASE),
    Ports(
        "redis",
        "Redis",
        (6379,),
        "Redis trusts whoever reaches it; an open one gives up its data and often its host.",
    ),
    Ports(
        "sqlserver",
        "SQL Server",
        (1433, 1434),
        "Worms and password guessers look for SQL Server all day.",
    ),
    Ports("telnet", "Telnet", (23,), "Telnet sends passwords in the clear, and botnets live on finding it."),
)
"""Ports as in Prowler's checks of the same names."""


@dataclass(frozen=True, slots=True)
class Face:
    """What the internet could come in by: a network interface. ``public``: its public addresses, of both versions."""

    interface: str
    groups: tuple[str, ...]
    public: tuple[str, ...]
    subnet: str


def faces(instance: Any) -> list[Face]:
    """The network interfaces of an instance; where none is told, the instance's own groups. Raises UnexpectedShapeError."""
    told = mapping(instance, "the instance")
    found = [
        Face(
            str(each.get("NetworkInterfaceId")),
            tuple(names(each.get("Groups", ()), "GroupId", "a group")),
            (*public_ipv4(each), *names(each.get("Ipv6Addresses", ()), "Ipv6Address", "an address")),
            str(each.get("SubnetId")),
        )
        for each in mappings(told.get("NetworkInterfaces", ()), "NetworkInterfaces")
    ]
    if found:
        return found
    groups = tuple(names(told.get("SecurityGroups", ()), "GroupId", "a group"))
    public = (str(told["PublicIpAddress"]),) if told.get("PublicIpAddress") else ()
    return [Face("", groups, public, str(told.get("SubnetId")))] if groups else []


def leads_to_the_internet(route_tables: Any, subnet: str) -> bool:
    """Whether the table of a subnet, or else the VPC's main one, has a route to an internet gateway.

    ``route_tables``: those of the VPC, by id, as far as they are known. Raises UnexpectedShapeError.
    """
    own, main = [], []
    for table in mapping({} if route_tables is None else route_tables, "the route tables").values():
        if table is None:
            continue
        for each in mappings(mapping(table, "a route table").get("Associations", ()), "Associations"):
            if each.get("SubnetId") == subnet:
                own.append(table)
            elif each.get("Main"):
                main.append(table)
    return any(
        str(route.get("GatewayId", "")).startswith(_INTERNET_GATEWAY) and route.get("State") != "blackhole"
        for table in own or main
        for route in mappings(table.get("Routes", ()), "Routes")
    )


def _together(groups: Mapping[str, Any], ids: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """The permissions of these groups as those of one, and the ids of groups of which nothing is known."""
    known = {each: mapping(groups[each], each) for each in ids if groups.get(each) is not None}
    permissions = [
        permission
        for group in known.values()
        for permission in mappings(group.get("IpPermissions"), "IpPermissions")
    ]
    return {"IpPermissions": permissions}, [each for each in ids if each not in known]


def _how(face: Face, routed: bool) -> str:
    if not face.public:
        return "which has no public address"
    if not routed:
        return f"which has the public address {face.public[0]} but no route to an internet gateway"
    return f"which has the public address {face.public[0]} and a route to an internet gateway"


def _closed(row: Ports) -> Callable[..., Verdict]:
    span = (min(row.ports), max(row.ports))

    def judge(instance: Any, groups: Any, prefix_lists: Any, route_tables: Any) -> Verdict:
        known = mapping({} if groups is None else groups, "the groups")
        found: list[tuple[tuple[bool, bool], Verdict]] = []
        doubts: list[str] = []
        for face in faces(instance):
            together, missing = _together(known, face.groups)
            tcp = exposure(together, prefix_lists, "tcp", span)
            openings = [each for each in tcp.openings if each.has(row.ports)]
            if openings:
                routed = leads_to_the_internet(route_tables, face.subnet)
                found.append(
                    ((bool(face.public) and routed, bool(face.public)), _open(row, face, openings, routed))
                )
            doubts += missing
            doubts += [
                str(each["PrefixListId"])
                for opening in tcp.unread
                if opening.has(row.ports)
                for each in opening.rules
            ]
        if found:
            return max(found, key=lambda each: each[0])[1]
        if doubts:
            return unknown(f"what {', '.join(sorted(set(doubts)))} lets in is not known")
        return passed(f"no group of it opens {row.service} to anywhere")

    return judge


def _open(row: Ports, face: Face, openings: Sequence[Opening], routed: bool) -> Verdict:
    ports = [port for port in row.ports if any(each.has([port]) for each in openings)]
    rules = list({tuple(each.items()): each for opening in openings for each in opening.rules}.values())
    where = f" on {face.interface}" if face.interface else ""
    return failed(
        f"TCP {', '.join(map(str, ports))} is open to anywhere{where}, {_how(face, routed)}",
        NetworkInterfaceId=face.interface,
        GroupIds=list(face.groups),
        PublicAddresses=list(face.public),
        RouteToInternetGateway=routed,
        rules=rules[:_MOST_RULES],
    )


for _row in CLOSED:
    rule(
        instance_type,
        f"ec2_instance_port_{_row.name}_exposed_to_internet",
        Severity.CRITICAL,
        title=f"The instance's groups do not open {_row.service} to the internet (TCP {', '.join(map(str, _row.ports))})",
        why=_row.why,
        fix="Narrow the rules shown to the addresses that need the port, or take the group off the instance.",
    )(_closed(_row))
