"""The policies of Amazon EMR."""

from __future__ import annotations

import ipaddress
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mapping, mappings, rule, text, whole_number
from liveaudit.services.emr.resources import cluster as cluster_type
from liveaudit.services.emr.resources import region_settings

_SSH = 22
_NOT_YET = ("STARTING", "BOOTSTRAPPING")


@rule(
    region_settings,
    "emr_cluster_account_public_block_enabled",
    Severity.HIGH,
    title="EMR refuses clusters whose ports are open to everybody",
    why="A cluster's ports run code for whoever reaches them. The block keeps such a cluster from starting.",
    fix="Switch block public access on in the region, with no exception but port 22.",
)
def blocks_public_access(block_public_access: Any) -> Verdict:
    """FSBP EMR.2: an exception other than port 22 fails too. EMR management guide, "Using block public access"."""
    if not flag(block_public_access, "BlockPublicSecurityGroupRules", "block public access"):
        return failed("block public access is off", BlockPublicSecurityGroupRules=False)
    ranges = [
        (
            whole_number(each.get("MinRange"), "MinRange"),
            whole_number(each.get("MaxRange", each.get("MinRange")), "MaxRange"),
        )
        for each in mappings(
            block_public_access.get("PermittedPublicSecurityGroupRuleRanges") or [], "the permitted ranges"
        )
    ]
    wide = [f"{low}-{high}" for low, high in ranges if (low, high) != (_SSH, _SSH)]
    if wide:
        return failed("ports other than 22 are excepted", PermittedRanges=wide)
    return passed("block public access is on")


@rule(
    cluster_type,
    "emr_cluster_master_nodes_no_public_ip",
    Severity.MEDIUM,
    title="The first node of a cluster has no public address",
    why="The first node runs the cluster; with a public address one open port is enough for the whole internet.",
    fix="Start the cluster anew in a private subnet; a running cluster keeps its subnet.",
)
def first_node_is_private(cluster: Any) -> Verdict:
    """FSBP EMR.1. In a public subnet EMR tells the node's public name (API reference, MasterPublicDnsName)."""
    given = mapping(cluster, "the cluster")
    name, state = given.get("MasterPublicDnsName"), text(given.get("State"), "State")
    if not name:
        if state in _NOT_YET:
            return not_applicable(f"the cluster is {state} and has no first node yet")
        return unknown("EMR tells no name of the first node")
    told = text(name, "MasterPublicDnsName").lower().rstrip(".")
    public = _is_public(told)
    if public is None:
        return unknown(f"whether {told} is a public address cannot be told")
    if public:
        return failed(f"the first node is {told}", MasterPublicDnsName=told)
    return passed(f"the first node is {told}")


def _is_public(name: str) -> bool | None:
    """Whether a name that EC2 gives an instance, or an address, is public; None for another name."""
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        pass
    if name.endswith(".internal") or name.startswith("ip-"):
        return False
    return True if name.startswith("ec2-") and ".amazonaws.com" in name else None
