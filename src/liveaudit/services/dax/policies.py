"""The policies of DAX clusters."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_one_of
from liveaudit.policies.shapes import rule
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
