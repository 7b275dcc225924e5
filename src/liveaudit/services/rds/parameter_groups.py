"""The table of parameter groups: what databases refer to. The groups of DocumentDB and Neptune are among them."""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.rds.service import TAG_EVENTS, TAGGED, named, service

NAMES = (
    "neptune_enable_audit_log",
    "neptune_enforce_ssl",
    "rds.force_ssl",
    "require_secure_transport",
    "server_audit_logging",
    "tls",
)
"""The parameters that policies look at; a group has hundreds."""


def settings(parameters: Any) -> dict[str, Any]:
    """Name to value of those parameters that the group has. The value is left out where there is none."""
    return {
        each["ParameterName"]: each.get("ParameterValue")
        for each in parameters
        if each["ParameterName"] in NAMES
    }


def _group(kind: str, abbreviation: str) -> ResourceType:
    """``kind``: ``DBParameterGroup`` or ``DBClusterParameterGroup``, in which most names of the API end."""
    name = f"{kind}Name"
    group = service.resource_type(
        f"AWS::RDS::{kind}",
        arn=f"arn:{{partition}}:rds:{{region}}:{{account}}:{abbreviation}:{{id}}",
        named_by=named(name),
        gone="DBParameterGroupNotFound",
        lower_case=True,
    )
    group.section(
        "group",
        f"Describe{kind}s",
        {name: "{id}"},
        items=f"{kind}s",
        item_id=name,
        root=True,
    )
    group.section(
        "parameters",
        f"Describe{kind.removesuffix('Group')}s",
        {name: "{id}", "Filters": [{"Name": "parameter-name", "Values": list(NAMES)}]},
        value="Parameters",
        shape=settings,
        changed_by=[f"Modify{kind}", f"Reset{kind}"],
    )
    group.listing(f"Describe{kind}s", items=f"{kind}s", item_id=name, provides={"group": "@"})
    group.created_by(f"Create{kind}")
    group.created_by(f"Copy{kind}", named_by=[*named(name), f"requestParameters.target{kind}Identifier"])
    group.deleted_by(f"Delete{kind}")
    group.section(
        "tags",
        "ListTagsForResource",
        {"ResourceName": "{arn}"},
        value="TagList",
        shape=keeping(leaves("Key", "Value")),
    )
    for event in TAG_EVENTS:
        group.event(event, "group", "tags", named_by=TAGGED)
    return group


parameter_group = _group("DBParameterGroup", "pg")
cluster_parameter_group = _group("DBClusterParameterGroup", "cluster-pg")
