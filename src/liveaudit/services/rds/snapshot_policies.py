"""The policies of snapshots, of RDS, DocumentDB and Neptune, and of DB proxies."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_on
from liveaudit.policies.shapes import rule
from liveaudit.services.rds.judging import not_for_everybody
from liveaudit.services.rds.proxies import proxy as proxy_type
from liveaudit.services.rds.snapshots import cluster_snapshot, documentdb_snapshot, neptune_snapshot
from liveaudit.services.rds.snapshots import snapshot as instance_snapshot

_WHAT = "the snapshot"
_PUBLIC = {
    "why": "A public snapshot can be restored by anybody with an AWS account, with all data that was in the database.",
    "fix": "Take all out of the accounts that may restore the snapshot.",
}

for _type, _id, _of in (
    (instance_snapshot, "rds_snapshots_public_access", "database instances"),
    (cluster_snapshot, "rds_snapshots_public_access", "database clusters"),
    (documentdb_snapshot, "documentdb_cluster_public_snapshot", "DocumentDB clusters"),
    (neptune_snapshot, "neptune_cluster_public_snapshot", "Neptune clusters"),
):

    @rule(_type, _id, Severity.CRITICAL, title=f"Snapshots of {_of} are not public", **_PUBLIC)
    def not_public(attributes: Any) -> Verdict:
        return not_for_everybody(attributes)


_ENCRYPTED = {
    "why": "Whoever gets at an unencrypted snapshot has the data; no key stands between.",
    "fix": "Copy the snapshot with a KMS key and delete the unencrypted one.",
}


@rule(
    instance_snapshot,
    "rds_snapshots_encrypted",
    Severity.HIGH,
    title="Snapshots of database instances are encrypted",
    **_ENCRYPTED,
)
def instance_snapshot_encrypted(snapshot: Any) -> Verdict:
    return is_on(snapshot, "Encrypted", _WHAT)


@rule(
    cluster_snapshot,
    "rds_snapshots_encrypted",
    Severity.HIGH,
    title="Snapshots of database clusters are encrypted",
    **_ENCRYPTED,
)
def cluster_snapshot_encrypted(snapshot: Any) -> Verdict:
    return is_on(snapshot, "StorageEncrypted", _WHAT)


@rule(
    proxy_type,
    "rds_proxy_require_tls",
    Severity.MEDIUM,
    title="Database proxies require TLS",
    why="A proxy that takes plain connections lets clients send passwords and data in the clear.",
    fix="Modify the proxy so that it requires Transport Layer Security.",
)
def proxy_requires_tls(proxy: Any) -> Verdict:
    return is_on(proxy, "RequireTLS", "the proxy")
