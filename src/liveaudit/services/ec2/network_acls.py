"""The policies of network ACLs.

Entries are weighed as the VPC user guide's page "Network ACL rules" has it: by rule number, the first that matches
decides, deny as well as allow; IPv4 and IPv6 apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, whole_number
from liveaudit.services.ec2.addresses import Span, has_public, is_everywhere, merged, spanned, without
from liveaudit.services.ec2.exposure import ALL_PROTOCOLS, NUMBERS
from liveaudit.services.ec2.resources import network_acl as network_acl_type

Entry = Mapping[str, Any]


def _is_all_traffic(entry: Entry) -> bool:
    return str(entry.get("Protocol")) == ALL_PROTOCOLS


def _is_tcp(port: int) -> Callable[[Entry], bool]:
    def matches(entry: Entry) -> bool:
        if _is_all_traffic(entry):
            return True
        if str(entry.get("Protocol")).lower() not in ("tcp", NUMBERS["tcp"]):
            return False
        ports = entry.get("PortRange")
        if ports is None:
            return True
        ports = mapping(ports, "PortRange")
        first, last = (whole_number(ports.get(key), key) for key in ("From", "To"))
        return first <= port <= last

    return matches


def open_entries(network_acl: Any, matches: Callable[[Entry], bool]) -> list[Entry]:
    """The ingress entries that let the internet in for the traffic that ``matches`` picks entries by.

    That is so when the allow entries together name every public address, each of them adding some that no deny
    before it has taken away: a few denied addresses do not close a port. Raises UnexpectedShapeError.
    """
    entries = mappings(mapping(network_acl, "the network ACL").get("Entries"), "Entries")
    ingress = [entry for entry in entries if not entry.get("Egress")]
    ingress.sort(key=lambda entry: whole_number(entry.get("RuleNumber"), "RuleNumber"))
    allows: dict[int, list[tuple[Span, Entry]]] = {4: [], 6: []}
    denied: dict[int, list[Span]] = {4: [], 6: []}
    for entry in ingress:
        if not matches(entry):
            continue
        version, span = spanned(str(entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")))
        action = entry.get("RuleAction")
        if action == "deny":
            denied[version].append(span)
        elif action != "allow":
            raise UnexpectedShapeError(f"RuleAction is {action!r}")
        elif has_public(version, without([span], denied[version])):
            allows[version].append((span, entry))
    return [
        entry
        for version, some in allows.items()
        if is_everywhere(version, merged(span for span, _ in some))
        for _, entry in some
    ]


def _verdict(entries: list[Entry], what: str) -> Verdict:
    if entries:
        return failed(f"{what} is let in from anywhere", entries=[dict(entry) for entry in entries])
    return passed(f"{what} is not let in from anywhere")


@rule(
    network_acl_type,
    "ec2_networkacl_allow_ingress_any_port",
    Severity.HIGH,
    title="The network ACL does not let in everything from the internet",
    why="A network ACL that lets everything in filters nothing: one mistake in a security group is then enough.",
    fix="Replace the entry shown by entries for the ports that are served.",
)
def does_not_let_everything_in(network_acl: Any) -> Verdict:
    """CIS 7.0 6.2. An entry for every protocol; denying single ports before it leaves the rest open."""
    return _verdict(open_entries(network_acl, _is_all_traffic), "all traffic")


def _not_let_in(port: int) -> Callable[..., Verdict]:
    matches = _is_tcp(port)

    def judge(network_acl: Any) -> Verdict:
        return _verdict(open_entries(network_acl, matches), f"TCP {port}")

    return judge


for _port, _service in ((22, "SSH"), (3389, "Remote Desktop")):
    rule(
        network_acl_type,
        f"ec2_networkacl_allow_ingress_tcp_port_{_port}",
        Severity.MEDIUM,
        title=f"The network ACL does not let in {_service} from the internet (TCP {_port})",
        why=f"{_service} is attacked as soon as it can be reached, and the ACL is what holds when a group is mistaken.",
        fix="Deny it before the entry shown, or narrow that entry to the addresses that need it.",
    )(_not_let_in(_port))
