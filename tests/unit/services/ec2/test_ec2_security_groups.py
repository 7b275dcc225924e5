"""The security group policies, on items as DescribeSecurityGroups gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.model import Outcome, Verdict
from liveaudit.policies.policy import BUILT_IN
from liveaudit.services.ec2.addresses import INTERNET, is_everywhere, merged, spanned, without
from liveaudit.services.ec2.exposure import exposure
from liveaudit.services.ec2.resources import security_group
from liveaudit.services.ec2.security_groups import CLOSED

PREFIX = "ec2_securitygroup_allow_ingress_from_internet_to_"
SSH = f"{PREFIX}tcp_port_22"
RDP = f"{PREFIX}tcp_port_3389"
ALL = f"{PREFIX}all_ports"
WEB_ONLY = "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports"
DEFAULT = "ec2_securitygroup_default_restrict_traffic"
PASS, FAIL, UNKNOWN, NA = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE

Judged = Callable[..., Verdict]


def permission(protocol: str, first: int | None, last: int | None, *sources: str) -> dict[str, Any]:
    """One IpPermission, in the API's shape."""
    made: dict[str, Any] = {
        "IpProtocol": protocol,
        "UserIdGroupPairs": [
            {"GroupId": each, "UserId": "111122223333"} for each in sources if each.startswith("sg-")
        ],
        "IpRanges": [{"CidrIp": each} for each in sources if "." in each],
        "Ipv6Ranges": [{"CidrIpv6": each} for each in sources if ":" in each],
        "PrefixListIds": [{"PrefixListId": each} for each in sources if each.startswith("pl-")],
    }
    if first is not None:
        made["FromPort"] = first
    if last is not None:
        made["ToPort"] = last
    return made


def group(*ingress: dict[str, Any], name: str = "web", egress: list[Any] | None = None) -> dict[str, Any]:
    """One security group, in the API's shape."""
    return {
        "GroupId": "sg-0a",
        "GroupName": name,
        "Description": "test",
        "OwnerId": "111122223333",
        "VpcId": "vpc-0a",
        "SecurityGroupArn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a",
        "IpPermissions": list(ingress),
        "IpPermissionsEgress": egress or [],
        "Tags": [{"Key": "Name", "Value": "web"}],
    }


ANY4, ANY6 = "0.0.0.0/0", "::/0"
TCP_22 = permission("tcp", 22, 22, ANY4)

CASES: list[tuple[str, str, dict[str, Any], Any, Outcome]] = [
    ("nothing", SSH, group(), {}, PASS),
    ("exactly", SSH, group(TCP_22), {}, FAIL),
    ("IPv6", SSH, group(permission("tcp", 22, 22, ANY6)), {}, FAIL),
    ("in a range", SSH, group(permission("tcp", 0, 1024, ANY4)), {}, FAIL),
    ("beside a range", SSH, group(permission("tcp", 23, 1024, ANY4)), {}, PASS),
    ("every protocol", SSH, group(permission("-1", None, None, ANY4)), {}, FAIL),
    ("by number", SSH, group(permission("6", 22, 22, ANY4)), {}, FAIL),
    ("TCP without ports", SSH, group(permission("tcp", None, None, ANY4)), {}, FAIL),
    ("ports -1", SSH, group(permission("tcp", -1, -1, ANY6)), {}, FAIL),
    ("UDP", SSH, group(permission("udp", 22, 22, ANY4)), {}, PASS),
    ("UDP by number", SSH, group(permission("17", 22, 22, ANY4)), {}, PASS),
    ("ICMP type and code", SSH, group(permission("icmp", -1, -1, ANY4)), {}, PASS),
    ("another group", SSH, group(permission("tcp", 22, 22, "sg-0b")), {}, PASS),
    ("one network", SSH, group(permission("tcp", 22, 22, "198.51.100.0/24")), {}, PASS),
    ("private", SSH, group(permission("tcp", 22, 22, "10.0.0.0/8", "fd00::/8")), {}, PASS),
    ("two halves", SSH, group(permission("tcp", 22, 22, "0.0.0.0/1", "128.0.0.0/1")), {}, FAIL),
    ("one half", SSH, group(permission("tcp", 22, 22, "0.0.0.0/1")), {}, PASS),
    ("host bits", SSH, group(permission("tcp", 22, 22, "208.236.235.254/0")), {}, FAIL),
    (
        "halves in two rules",
        SSH,
        group(permission("tcp", 20, 22, "0.0.0.0/1"), permission("-1", None, None, "128.0.0.0/1")),
        {},
        FAIL,
    ),
    (
        "halves that do not meet",
        SSH,
        group(permission("tcp", 20, 22, "0.0.0.0/1"), permission("tcp", 23, 80, "128.0.0.0/1")),
        {},
        PASS,
    ),
    ("public IPv6 only", SSH, group(permission("tcp", 22, 22, "2000::/3")), {}, FAIL),
    ("all ports, too", SSH, group(permission("tcp", 0, 65535, ANY4)), {}, FAIL),
    (
        "prefix list",
        SSH,
        group(permission("tcp", 22, 22, "pl-0a")),
        {"pl-0a": [{"Cidr": "10.0.0.0/8"}, {"Cidr": ANY4, "Description": "oops"}]},
        FAIL,
    ),
    (
        "narrow prefix list",
        SSH,
        group(permission("tcp", 22, 22, "pl-0a")),
        {"pl-0a": [{"Cidr": "10.0.0.0/8"}]},
        PASS,
    ),
    (
        "halves, one in a prefix list",
        SSH,
        group(permission("tcp", 22, 22, "pl-0a", "0.0.0.0/1")),
        {"pl-0a": [{"Cidr": "128.0.0.0/1"}]},
        FAIL,
    ),
    ("list not known", SSH, group(permission("tcp", 22, 22, "pl-0a")), {}, UNKNOWN),
    ("list is gone", SSH, group(permission("tcp", 22, 22, "pl-0a")), {"pl-0a": None}, UNKNOWN),
    ("no lists", SSH, group(permission("tcp", 22, 22, "pl-0a")), None, UNKNOWN),
    ("list for another port", SSH, group(permission("tcp", 443, 443, "pl-0a")), {}, PASS),
    ("list not known, open anyway", SSH, group(TCP_22, permission("tcp", 22, 22, "pl-0a")), {}, FAIL),
    ("RDP", RDP, group(permission("tcp", 3389, 3389, ANY4)), {}, FAIL),
    ("not RDP", RDP, group(TCP_22), {}, PASS),
    ("every protocol", ALL, group(permission("-1", None, None, ANY4)), {}, FAIL),
    ("all of TCP", ALL, group(permission("tcp", 0, 65535, ANY6)), {}, FAIL),
    ("all but port 0", ALL, group(permission("tcp", 1, 65535, ANY6)), {}, FAIL),
    (
        "all in two rules",
        ALL,
        group(permission("tcp", 0, 999, ANY4), permission("tcp", 1000, 65535, ANY4)),
        {},
        FAIL,
    ),
    (
        "all, split over IPv4 and IPv6",
        ALL,
        group(permission("tcp", 0, 999, ANY4), permission("tcp", 1000, 65535, ANY6)),
        {},
        PASS,
    ),
    (
        "all but one port",
        ALL,
        group(permission("tcp", 0, 21, ANY4), permission("tcp", 23, 65535, ANY4)),
        {},
        PASS,
    ),
    ("one port", ALL, group(TCP_22), {}, PASS),
    ("all to a list not known", ALL, group(permission("-1", None, None, "pl-0a")), {}, UNKNOWN),
    ("one port to a list not known", ALL, group(permission("tcp", 22, 22, "pl-0a")), {}, PASS),
    (
        "web",
        WEB_ONLY,
        group(permission("tcp", 80, 80, ANY4), permission("tcp", 443, 443, ANY4, ANY6)),
        {},
        PASS,
    ),
    ("web and between", WEB_ONLY, group(permission("tcp", 80, 443, ANY4)), {}, FAIL),
    ("other", WEB_ONLY, group(permission("tcp", 8443, 8443, ANY4)), {}, FAIL),
    ("UDP", WEB_ONLY, group(permission("udp", 443, 443, ANY4)), {}, FAIL),
    ("every protocol", WEB_ONLY, group(permission("-1", None, None, ANY6)), {}, FAIL),
    ("ping", WEB_ONLY, group(permission("icmp", 8, -1, ANY4)), {}, PASS),
    ("known people", WEB_ONLY, group(permission("tcp", 22, 22, "203.0.113.9/32")), {}, PASS),
    ("list not known", WEB_ONLY, group(permission("tcp", 22, 22, "pl-0a")), {}, UNKNOWN),
    ("not the default", DEFAULT, group(TCP_22), {}, NA),
    ("default, empty", DEFAULT, group(name="default"), {}, PASS),
    ("default, ingress", DEFAULT, group(permission("-1", None, None, "sg-0a"), name="default"), {}, FAIL),
    (
        "default, egress",
        DEFAULT,
        group(name="default", egress=[permission("-1", None, None, ANY4)]),
        {},
        FAIL,
    ),
]


@pytest.mark.parametrize(
    ("policy_id", "item", "lists", "outcome"),
    [pytest.param(*case[1:], id=f"{case[1].rpartition('_to_')[2]}: {case[0]}") for case in CASES],
)
def test_verdict(
    judged: Judged,
    fits: Callable[..., None],
    policy_id: str,
    item: dict[str, Any],
    lists: Any,
    outcome: Outcome,
) -> None:
    fits("DescribeSecurityGroups", "SecurityGroups", item)
    for entries in (lists or {}).values():
        for entry in entries or []:
            fits("GetManagedPrefixListEntries", "Entries", entry)
    verdict = judged(policy_id, group=item, prefix_lists=lists)
    assert verdict.outcome == outcome, verdict
    assert bool(verdict.evidence) == (outcome == FAIL)


@pytest.mark.parametrize("row", CLOSED, ids=lambda row: row.policy_id)
def test_every_port_of_the_table_is_watched(judged: Judged, row: Any) -> None:
    for port in row.ports:
        verdict = judged(row.policy_id, group=group(permission("tcp", port, port, ANY4)), prefix_lists={})
        assert verdict.outcome == FAIL
        assert str(port) in verdict.reason
    closed = group(permission("tcp", 443, 443, ANY4), permission("udp", 0, 65535, ANY4))
    assert judged(row.policy_id, group=closed, prefix_lists={}).outcome == PASS


def test_the_evidence_is_the_rule_as_the_api_has_it(judged: Judged) -> None:
    open_group = group(permission("tcp", 20, 25, ANY4, "198.51.100.0/24"), permission("tcp", 443, 443, ANY4))
    assert judged(SSH, group=open_group, prefix_lists={}).evidence == {
        "rules": [{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25, "CidrIp": ANY4}]
    }


def test_a_rule_for_every_protocol_is_shown_once(judged: Judged) -> None:
    verdict = judged(WEB_ONLY, group=group(permission("-1", None, None, ANY4)), prefix_lists={})
    assert verdict.evidence == {"rules": [{"IpProtocol": "-1", "CidrIp": ANY4}]}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        [],
        {"IpPermissions": None},
        {"IpPermissions": ["tcp"]},
        {"IpPermissions": [{}]},
        group(permission("tcp", 22, 22, "300.0.0.0/8")),
        group({**TCP_22, "FromPort": "22"}),
        group({**TCP_22, "IpRanges": {"CidrIp": ANY4}}),
        group({**TCP_22, "IpRanges": [{"Cidr": ANY4}]}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("policy_id", [SSH, ALL, WEB_ONLY])
def test_another_shape_is_unknown(judged: Judged, policy_id: str, broken: Any) -> None:
    verdict = judged(policy_id, group=broken, prefix_lists={})
    assert verdict.outcome == UNKNOWN
    assert verdict.reason


@pytest.mark.parametrize(
    "broken", [None, {"GroupName": "default"}, {"GroupName": "default", "IpPermissions": []}]
)
def test_another_shape_of_the_default_group_is_unknown(judged: Judged, broken: Any) -> None:
    assert judged(DEFAULT, group=broken).outcome == UNKNOWN


def test_every_policy_has_its_texts_and_severity() -> None:
    policies = BUILT_IN.of(security_group.name)
    assert len(policies) == 19
    for policy in policies:
        assert policy.severity == ("critical" if policy.id == ALL else "high")
        assert policy.title
        assert policy.why
        assert policy.fix


@given(st.integers(0, 32), st.data())
def test_a_split_internet_is_still_the_internet(length: int, data: st.DataObject) -> None:
    address = data.draw(st.integers(0, 2**32 - 1))
    own = spanned(f"{'.'.join(str(byte) for byte in address.to_bytes(4, 'big'))}/{length}")[1]
    rest = without([(0, 2**32 - 1)], [own])
    assert is_everywhere(4, merged([*rest, own]))
    assert is_everywhere(4, rest) == (not any(own[0] <= high and low <= own[1] for low, high in INTERNET[4]))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tcp", "6", "udp", "-1"]),
            st.integers(0, 12),
            st.integers(0, 12),
            st.sampled_from(
                ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "0.0.0.0/2", "64.0.0.0/2"]
            ),
        ),
        max_size=6,
    ),
    st.integers(0, 13),
)
def test_openings_agree_with_asking_port_by_port(rules: list[tuple[str, int, int, str]], port: int) -> None:
    permissions = [
        permission(
            protocol,
            None if protocol == "-1" else min(first, last),
            None if protocol == "-1" else max(first, last),
            cidr,
        )
        for protocol, first, last, cidr in rules
    ]
    reaching = [
        spanned(cidr)[1]
        for protocol, first, last, cidr in rules
        if protocol == "-1" or (protocol in ("tcp", "6") and min(first, last) <= port <= max(first, last))
    ]
    expected = not without([(0, 2**32 - 1)], reaching)
    found = exposure(group(*permissions), {}, "tcp")
    assert any(opening.has([port]) for opening in found.openings) == expected
