"""The policies of DAX clusters."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_one_of, member
from liveaudit.policies.shapes import mappings, rule, text
from liveaudit.services.dax.resources import cluster as cluster_type

_WHAT = "the cluster"


@rule(
    cluster_type,
    "dynamodb_accelerator_cluster_encryption_enabled",
    Severity.MEDIUM,
    title="DAX clusters encrypt what they keep",
    why="The cache writes items to its nodes' disks; unencrypted they lie there readable, whatever the table does.",
    fix="Make a new cluster with encryption at rest and move over to it: it cannot be switched on afterwards.",
)
def encryption_enabled(cluster: Any) -> Verdict:
    return is_one_of(cluster, "SSEDescription.Status", _WHAT, ["ENABLED", "ENABLING"])


@rule(
    cluster_type,
    "dynamodb_accelerator_cluster_in_transit_encryption_enabled",
    Severity.MEDIUM,
    title="DAX clusters encrypt their connections",
    why="Without TLS whoever can listen in the network reads and changes the items between program and cache.",
    fix="Make a new cluster whose endpoint encryption is TLS and move over to it: it cannot be switched on afterwards.",
)
def in_transit_encryption_enabled(cluster: Any) -> Verdict:
    return is_one_of(cluster, "ClusterEndpointEncryptionType", _WHAT, ["TLS"])


@rule(
    cluster_type,
    "dynamodb_accelerator_cluster_multi_az",
    Severity.MEDIUM,
    title="DAX clusters have nodes in several Availability Zones",
    why="A cache whose nodes stand in one zone is away when that zone is.",
    fix="Add nodes in other zones.",
)
def multi_az(cluster: Any) -> Verdict:
    nodes = mappings(member(cluster, "Nodes", _WHAT) or [], "Nodes")
    zones = sorted(
        {text(each["AvailabilityZone"], "AvailabilityZone") for each in nodes if "AvailabilityZone" in each}
    )
    if len(zones) < 2:
        return failed("the cluster's nodes stand in one zone", AvailabilityZones=zones)
    return passed(f"the cluster's nodes stand in {', '.join(zones)}")
