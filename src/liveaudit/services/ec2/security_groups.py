"""The policies of security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.parameters import ports
from liveaudit.policies.shapes import mapping, mappings, rule
from liveaudit.services.ec2.exposure import HIGHEST_PORT, Exposure, Opening, exposure
from liveaudit.services.ec2.resources import security_group

_PREFIX = "ec2_securitygroup_allow_ingress_from_internet_to_"
_MOST_RULES = 20
"""More rules than this are not shown as evidence: a group can have a thousand."""

HIGH_RISK_PORTS = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000),
    *(5432, 5500, 5601, 8080, 8088, 8888, 9200, 9300),
)
"""Security Hub user guide, control EC2.19."""

AUTHORIZED_PORTS = (80, 443)
"""What may be open to anywhere; the default of Security Hub's control EC2.18."""


@dataclass(frozen=True, slots=True)
class TcpPorts:
    """One row of the table below: a service's TCP ports that must not be open to everybody."""

    policy_id: str
    service: str
    ports: tuple[int, ...]
    why: str
    instead: str


_DATA = "Keep it in private subnets and let in the group of the application that uses it."

CLOSED = (
    TcpPorts(
        f"{_PREFIX}tcp_port_22",
        "SSH",
        (22,),
        "Passwords and keys are tried against every SSH server on the internet all day.",
        "Use Session Manager or an EC2 Instance Connect endpoint, which need no open port.",
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_3389",
        "Remote Desktop",
        (3389,),
        "Remote Desktop on the internet is how much ransomware gets in: by guessed passwords and unpatched servers.",
        "Use Session Manager or Fleet Manager, which need no open port.",
    ),
    TcpPorts(
        f"{_PREFIX}high_risk_tcp_ports",
        "A port of a high-risk service",
        HIGH_RISK_PORTS,
        "These ports belong to administration, mail, file shares, databases and consoles, which attackers look for first.",
        "Put what must be reached behind a load balancer or a VPN.",
    ),
    TcpPorts(
        "ec2_securitygroup_allow_ingress_cifs_445",
        "SMB/CIFS",
        (445,),
        "Windows file sharing has had worms of its own, and shares often let guests in.",
        "Reach the share through a VPN or Direct Connect.",
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_elasticsearch_kibana_9200_9300_5601",
        "Elasticsearch or Kibana",
        (9200, 9300, 5601),
        "Search clusters are often set up without a password, and emptied or held to ransom when found.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_ftp_20_21",
        "FTP",
        (20, 21),
        "FTP sends names, passwords and files in the clear.",
        "Use SFTP, for instance with AWS Transfer Family, or presigned S3 links.",
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_mongodb_27017_27018",
        "MongoDB",
        (27017, 27018),
        "Open MongoDB servers are found within hours, copied and deleted.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_mysql_3306",
        "MySQL",
        (3306,),
        "A database that everybody can reach is one guessed password away from being copied.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_oracle_1521_2483",
        "Oracle",
        (1521, 2483),
        "The listener tells strangers which databases there are, and takes their log-in attempts.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_postgres_5432",
        "PostgreSQL",
        (5432,),
        "A database that everybody can reach is one guessed password away from being copied.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_redis_6379",
        "Redis",
        (6379,),
        "Redis trusts whoever reaches it; an open one gives up its data and often its host.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_sql_server_1433_1434",
        "SQL Server",
        (1433, 1434),
        "Worms and password guessers look for SQL Server all day.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_telnet_23",
        "Telnet",
        (23,),
        "Telnet sends passwords in the clear, and botnets live on finding it.",
        "Use SSH through Session Manager.",
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_cassandra_7199_9160_8888",
        "Cassandra",
        (7199, 9160, 8888),
        "The management and client ports of Cassandra ask for no password unless told to.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_kafka_9092",
        "Kafka",
        (9092,),
        "A plaintext listener lets everybody read and write every topic.",
        _DATA,
    ),
    TcpPorts(
        f"{_PREFIX}tcp_port_memcached_11211",
        "Memcached",
        (11211,),
        "Memcached has no log-in: its whole content can be read and replaced.",
        _DATA,
    ),
)
"""The policies that say: this TCP port is not open to 0.0.0.0/0 or ::/0, be it alone or in a range."""


def _verdict(found: Iterable[Opening], unread: Iterable[Opening], reason: str) -> Verdict:
    """FAIL for openings; else UNKNOWN when one could hide in a prefix list that was not read; else PASS."""
    # One rule may take part in many openings.
    rules = list({tuple(rule.items()): rule for opening in found for rule in opening.rules}.values())
    if rules:
        return failed(reason, rules=rules[:_MOST_RULES])
    lists = sorted({str(rule["PrefixListId"]) for opening in unread for rule in opening.rules})
    if lists:
        return unknown(f"the entries of {', '.join(lists)} are not known")
    return passed("not open to anywhere")


def _closed(row: TcpPorts) -> Callable[..., Verdict]:
    def judge(group: Any, prefix_lists: Any, closed: tuple[int, ...]) -> Verdict:
        if not closed:
            return not_applicable(f"no port of {row.service} is to be closed")
        tcp = exposure(group, prefix_lists, "tcp", (min(closed), max(closed)))
        found = [opening for opening in tcp.openings if opening.has(closed)]
        open_ones = [port for port in closed if any(opening.has([port]) for opening in found)]
        unread = [opening for opening in tcp.unread if opening.has(closed)]
        return _verdict(found, unread, f"TCP {', '.join(map(str, open_ones))} is open to anywhere")

    return judge


def _listed(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports)) if len(ports) < 6 else f"{len(ports)} ports"


for _row in CLOSED:
    rule(
        security_group,
        _row.policy_id,
        Severity.HIGH,
        title=f"{_row.service} is not open to the internet (TCP {_listed(_row.ports)})",
        why=_row.why,
        fix=f"Revoke the rule shown, or narrow it to the addresses that need it. {_row.instead}",
        takes=(ports("closed", _row.ports, "The TCP ports that must not be open to everybody."),),
    )(_closed(_row))


def _all_ports(openings: Iterable[Opening]) -> list[Opening]:
    """The openings of the first IP version whose openings together leave no TCP port but 0 closed."""
    by_version: dict[int, list[Opening]] = {}
    for opening in openings:
        by_version.setdefault(opening.version, []).append(opening)
    for some in by_version.values():
        reached = 0
        for opening in sorted(some, key=lambda each: each.first):
            if opening.first > reached + 1:
                break
            reached = max(reached, opening.last)
        if reached >= HIGHEST_PORT:
            return some
    return []


@rule(
    security_group,
    f"{_PREFIX}all_ports",
    Severity.CRITICAL,
    title="Not every port is open to the internet",
    why="The group filters nothing: whatever listens on its machines, now or later, can be attacked from anywhere.",
    fix="Revoke the rule shown and add rules for the ports and addresses that are needed.",
)
def not_all_ports_are_open(group: Any, prefix_lists: Any) -> Verdict:
    """CIS 7.0 6.3 and 6.4; VPC user guide, "Security group rules"."""
    tcp = exposure(group, prefix_lists, "tcp")
    everything = _all_ports(tcp.openings)
    hidden = tcp.unread if _all_ports(_as_open(tcp)) else ()
    return _verdict(everything, hidden, "every TCP port is open to anywhere")


def _as_open(tcp: Exposure) -> list[Opening]:
    """As if every list that was not read held the whole internet."""
    return [
        *tcp.openings,
        *(Opening(version, each.first, each.last, each.rules) for each in tcp.unread for version in (4, 6)),
    ]


@rule(
    security_group,
    "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports",
    Severity.HIGH,
    title="Only web ports are open to the internet (TCP 80, 443)",
    why="Every other port that everybody can reach should be a decision, not an accident.",
    fix="Revoke the rule shown, or narrow it to the addresses that need it.",
    takes=(ports("allowed", AUTHORIZED_PORTS, "The TCP ports that may be open to everybody."),),
)
def only_web_ports_are_open(group: Any, prefix_lists: Any, allowed: tuple[int, ...]) -> Verdict:
    """Security Hub user guide, control EC2.18. ICMP and protocols without ports are not its subject."""
    tcp, udp = (exposure(group, prefix_lists, protocol) for protocol in ("tcp", "udp"))
    return _verdict(
        [*(each for each in tcp.openings if _beyond(each, allowed)), *udp.openings],
        [*(each for each in tcp.unread if _beyond(each, allowed)), *udp.unread],
        f"ports other than TCP {_told(allowed)} are open to anywhere"
        if allowed
        else "ports are open to anywhere",
    )


def _beyond(opening: Opening, allowed: tuple[int, ...]) -> bool:
    covered = sum(opening.has([port]) for port in set(allowed))
    return opening.last - opening.first + 1 > covered


def _told(ports: tuple[int, ...]) -> str:
    return " and ".join(
        [", ".join(map(str, ports[:-1])), str(ports[-1])] if len(ports) > 1 else map(str, ports)
    )


@rule(
    security_group,
    "ec2_securitygroup_default_restrict_traffic",
    Severity.HIGH,
    title="The VPC's default group lets nothing in or out",
    why="What is launched without a group gets the default one: if it has rules, they apply to things nobody "
    "meant them for.",
    fix="Give what uses it a group of its own, then revoke all its rules, in and out.",
)
def default_group_has_no_rules(group: Any) -> Verdict:
    """CIS 7.0 6.5; VPC user guide, "Default security groups for your VPCs". AWS reserves the name."""
    if mapping(group, "the group").get("GroupName") != "default":
        return not_applicable("not a VPC's default group")
    ingress = mappings(group.get("IpPermissions"), "IpPermissions")
    egress = mappings(group.get("IpPermissionsEgress"), "IpPermissionsEgress")
    if ingress or egress:
        return failed(
            f"the default group has {len(ingress)} ingress and {len(egress)} egress permissions",
            IpPermissions=list(ingress[:_MOST_RULES]),
            IpPermissionsEgress=list(egress[:_MOST_RULES]),
        )
    return passed("the default group has no rules")
