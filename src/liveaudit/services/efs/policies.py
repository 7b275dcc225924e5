"""The policies of EFS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_on
from liveaudit.policies.documents import Condition, Document, public_grants
from liveaudit.policies.shapes import document, rule, text
from liveaudit.services.efs.resources import file_system as file_system_type

_MOUNT = "elasticfilesystem:ClientMount"
_BY_MOUNT_TARGET = "elasticfilesystem:accessedviamounttarget"


@rule(
    file_system_type,
    "efs_encryption_at_rest_enabled",
    Severity.MEDIUM,
    title="File systems encrypt what they keep",
    why="Without encryption the files and their backups lie readable in the storage; it can only be chosen at creation.",
    fix="Make an encrypted file system, copy the files over (DataSync, AWS Backup), and mount it in place of the old one.",
)
def encryption_at_rest_enabled(file_system: Any) -> Verdict:
    return is_on(file_system, "Encrypted", "the file system")


@rule(
    file_system_type,
    "efs_not_publicly_accessible",
    Severity.MEDIUM,
    title="File systems ask their clients who they are",
    why="Without a policy, or with one that lets everybody mount, any client that reaches a mount target in the VPC reads "
    "and writes the files, with no identity asked for.",
    fix="Give the file system a policy that grants ClientMount to named roles only (in the console: Prevent anonymous "
    "access).",
)
def not_publicly_accessible(policy_document: Any) -> Verdict:
    what = "the file system's policy"
    if policy_document is None:
        return failed("there is no policy, so any client that reaches a mount target may mount", Policy=None)
    found = public_grants(_from_any_vpc(document(text(policy_document, what), what)), actions=[_MOUNT])
    if found:
        return failed(
            f"{what} lets any client that reaches a mount target mount",
            statements=[grant.evidence() for grant in found],
        )
    return passed(f"no statement of {what} lets everybody mount")


def _from_any_vpc(found: Document) -> Document:
    """The document as it is for who reaches a mount target: that condition holds for each of its clients.

    Source: EFS user guide, "Creating file system policies": "Prevent anonymous access" takes ClientMount away from
    everybody, and leaves this condition.
    """
    return Document(
        tuple(
            replace(each, conditions=tuple(one for one in each.conditions if not _is_by_mount_target(one)))
            if each.allow
            else each
            for each in found.statements
        ),
        found.version,
        found.id,
    )


def _is_by_mount_target(condition: Condition) -> bool:
    return (
        condition.name == _BY_MOUNT_TARGET and condition.op.base == "bool" and condition.values == ("true",)
    )
