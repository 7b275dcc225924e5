"""The table of snapshots, of instances and of clusters, with the accounts that may restore them.

What AWS takes by itself (ids that begin with ``rds:`` or ``awsbackup:``) no event tells of: the sweep finds it.
Both sections are read whenever either may have changed: an id alone does not tell the engine, the root does.
"""

from __future__ import annotations

from liveaudit.catalog.types import ResourceType
from liveaudit.services.rds.service import (
    DOCUMENTDB,
    NEPTUNE,
    RDS,
    TAG_EVENTS,
    TAGGED,
    Product,
    named,
    service,
)

TAKING = 900.0
"""Seconds that a snapshot, or the copy of one, may take until it can be shared."""
_SILENT = ("PercentProgress", "Status")


def _snapshot_type(
    product: Product, kind: str, abbreviation: str, filtered_by: str, absent: str
) -> ResourceType:
    """``kind``: ``DBSnapshot`` or ``DBClusterSnapshot``, with which the API's names are made."""
    name = f"{kind}Identifier"
    spelled = name[0].lower() + name[1:]
    snapshot = service.resource_type(
        f"{product.prefix}::{kind}",
        arn=f"arn:{{partition}}:rds:{{region}}:{{account}}:{abbreviation}:{{id}}",
        named_by=named(spelled),
        only_if=product.only_if,
        # told of clusters' snapshots only
        lower_case=kind == "DBClusterSnapshot",
    )
    snapshot.section(
        "snapshot",
        f"Describe{kind}s",
        {"Filters": [{"Name": filtered_by, "Values": "{ids}"}]},
        items=f"{kind}s{product.chosen}",
        item_id=name,
        many=100,
        silent=_SILENT,
        root=True,
    )
    snapshot.section(
        "attributes",
        f"Describe{kind}Attributes",
        {name: "{id}"},
        value=f"{kind}AttributesResult.{kind}Attributes",
        absent=absent,
    )
    snapshot.listing(
        f"Describe{kind}s", items=f"{kind}s{product.chosen}", item_id=name, provides={"snapshot": "@"}
    )
    snapshot.created_by(f"Create{kind}")
    snapshot.created_by(f"Copy{kind}", named_by=[named(spelled)[0], f"requestParameters.target{name}"])
    snapshot.event(f"Modify{kind}Attribute", "snapshot", "attributes")
    snapshot.deleted_by(f"Delete{kind}")
    for event in TAG_EVENTS:
        snapshot.event(event, "snapshot", named_by=TAGGED)
    last = f"Delete{kind.removesuffix('Snapshot')}"
    if kind == "DBSnapshot":
        last = "DeleteDBInstance"
        snapshot.event("ModifyDBSnapshot", "snapshot")
        snapshot.created_by("StopDBInstance", named_by="requestParameters.dBSnapshotIdentifier")
        snapshot.takes(TAKING, "StopDBInstance")
    snapshot.created_by(last, named_by="requestParameters.finalDBSnapshotIdentifier")
    snapshot.takes(TAKING, f"Create{kind}", f"Copy{kind}", last)
    return snapshot


snapshot = _snapshot_type(RDS, "DBSnapshot", "snapshot", "db-snapshot-id", "DBSnapshotNotFound")
cluster_snapshot, documentdb_snapshot, neptune_snapshot = (
    _snapshot_type(
        product,
        "DBClusterSnapshot",
        "cluster-snapshot",
        "db-cluster-snapshot-id",
        "DBClusterSnapshotNotFoundFault",
    )
    for product in (RDS, DOCUMENTDB, NEPTUNE)
)
