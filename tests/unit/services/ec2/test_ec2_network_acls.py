"""The network ACL policies, on items as DescribeNetworkAcls gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.model import Outcome, Verdict

ANY_PORT = "ec2_networkacl_allow_ingress_any_port"
SSH = "ec2_networkacl_allow_ingress_tcp_port_22"
RDP = "ec2_networkacl_allow_ingress_tcp_port_3389"
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ANY4, ANY6 = "0.0.0.0/0", "::/0"

Judged = Callable[..., Verdict]


def entry(
    number: int,
    action: str,
    protocol: str = "-1",
    ports: tuple[int, int] | None = None,
    cidr: str = ANY4,
    *,
    egress: bool = False,
) -> dict[str, Any]:
    """One entry, in the API's shape."""
    made: dict[str, Any] = {
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": protocol,
        "Egress": egress,
        "Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr,
    }
    if ports is not None:
        made["PortRange"] = {"From": ports[0], "To": ports[1]}
    return made


def acl(*entries: dict[str, Any]) -> dict[str, Any]:
    """One network ACL, with the last entries that each has."""
    return {
        "NetworkAclId": "acl-0a",
        "VpcId": "vpc-0a",
        "OwnerId": "111122223333",
        "IsDefault": False,
        "Associations": [],
        "Tags": [],
        "Entries": [*entries, entry(32767, "deny"), entry(32768, "deny", cidr=ANY6)],
    }


CASES: list[tuple[str, str, dict[str, Any], Outcome]] = [
    ("nothing is let in", SSH, acl(), PASS),
    ("the default ACL", SSH, acl(entry(100, "allow")), FAIL),
    ("the default ACL", RDP, acl(entry(100, "allow")), FAIL),
    ("the default ACL", ANY_PORT, acl(entry(100, "allow")), FAIL),
    ("IPv6", SSH, acl(entry(101, "allow", cidr=ANY6)), FAIL),
    ("IPv6", ANY_PORT, acl(entry(101, "allow", cidr=ANY6)), FAIL),
    ("out only", ANY_PORT, acl(entry(100, "allow", egress=True)), PASS),
    ("out only", SSH, acl(entry(100, "allow", egress=True)), PASS),
    ("one port", SSH, acl(entry(100, "allow", "6", (22, 22))), FAIL),
    ("a range", SSH, acl(entry(100, "allow", "6", (0, 1024))), FAIL),
    ("a range beside it", SSH, acl(entry(100, "allow", "6", (23, 1024))), PASS),
    ("a range beside it", RDP, acl(entry(100, "allow", "6", (23, 1024))), PASS),
    ("TCP without ports", SSH, acl(entry(100, "allow", "6")), FAIL),
    ("UDP", SSH, acl(entry(100, "allow", "17", (22, 22))), PASS),
    ("one port", ANY_PORT, acl(entry(100, "allow", "6", (22, 22))), PASS),
    ("own network", SSH, acl(entry(100, "allow", cidr="10.0.0.0/8")), PASS),
    ("denied before", SSH, acl(entry(90, "deny", "6", (22, 22)), entry(100, "allow")), PASS),
    ("denied before, in a range", SSH, acl(entry(90, "deny", "6", (0, 1023)), entry(100, "allow")), PASS),
    ("denied before, another port", RDP, acl(entry(90, "deny", "6", (22, 22)), entry(100, "allow")), FAIL),
    ("denied before for IPv6 only", SSH, acl(entry(90, "deny", cidr=ANY6), entry(100, "allow")), FAIL),
    ("denied after", SSH, acl(entry(100, "allow"), entry(110, "deny")), FAIL),
    ("listed last, numbered first", SSH, acl(entry(100, "allow"), entry(90, "deny")), PASS),
    ("a few denied", SSH, acl(entry(90, "deny", cidr="198.51.100.0/24"), entry(100, "allow")), FAIL),
    (
        "denied in halves",
        SSH,
        acl(entry(80, "deny", cidr="0.0.0.0/1"), entry(90, "deny", cidr="128.0.0.0/1"), entry(100, "allow")),
        PASS,
    ),
    (
        "allowed in halves",
        SSH,
        acl(entry(80, "allow", cidr="0.0.0.0/1"), entry(90, "allow", cidr="128.0.0.0/1")),
        FAIL,
    ),
    (
        "one guest, then denied",
        SSH,
        acl(entry(80, "allow", cidr="198.51.100.7/32"), entry(90, "deny"), entry(100, "allow")),
        PASS,
    ),
    ("everything but one port", ANY_PORT, acl(entry(90, "deny", "6", (22, 22)), entry(100, "allow")), FAIL),
    ("denied before", ANY_PORT, acl(entry(90, "deny"), entry(100, "allow")), PASS),
]


@pytest.mark.parametrize(
    ("policy_id", "item", "outcome"),
    [pytest.param(*case[1:], id=f"{case[1].rpartition('_')[2]}: {case[0]}") for case in CASES],
)
def test_verdict(
    judged: Judged, fits: Callable[..., None], policy_id: str, item: dict[str, Any], outcome: Outcome
) -> None:
    fits("DescribeNetworkAcls", "NetworkAcls", item)
    verdict = judged(policy_id, network_acl=item)
    assert verdict.outcome == outcome, verdict
    assert bool(verdict.evidence) == (outcome == FAIL)


def test_the_evidence_is_the_entry(judged: Judged) -> None:
    verdict = judged(SSH, network_acl=acl(entry(100, "allow", "6", (0, 1024))))
    assert verdict.evidence == {"entries": [entry(100, "allow", "6", (0, 1024))]}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        {"Entries": "allow"},
        acl({**entry(100, "allow"), "RuleAction": "maybe"}),
        acl({**entry(100, "allow"), "RuleNumber": None}),
        acl({**entry(100, "allow"), "CidrBlock": "anywhere"}),
        acl({key: value for key, value in entry(100, "allow").items() if key != "CidrBlock"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("policy_id", [ANY_PORT, SSH])
def test_another_shape_is_unknown(judged: Judged, policy_id: str, broken: Any) -> None:
    assert judged(policy_id, network_acl=broken).outcome == UNKNOWN


def test_another_shape_of_ports_is_unknown(judged: Judged) -> None:
    broken = acl({**entry(100, "allow", "6"), "PortRange": {"From": 1}})
    assert judged(SSH, network_acl=broken).outcome == UNKNOWN
