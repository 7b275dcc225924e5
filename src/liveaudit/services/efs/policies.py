"""The policies of EFS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.checks import at_least, is_off, is_on, is_one_of, member
from liveaudit.policies.documents import Condition, Document, public_grants
from liveaudit.policies.shapes import document, mapping, rule, text
from liveaudit.services.efs.resources import access_point as access_point_type
from liveaudit.services.efs.resources import file_system as file_system_type
from liveaudit.services.efs.resources import mount_target as mount_target_type

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


@rule(
    file_system_type,
    "efs_have_backup_enabled",
    Severity.MEDIUM,
    title="File systems are backed up every day",
    why="Without backups, what is deleted or encrypted by an intruder in the files is gone.",
    fix="Switch automatic backups of the file system on.",
)
def have_backup_enabled(backup_policy: Any) -> Verdict:
    if backup_policy is None:
        return failed("there is no backup policy", Status=None)
    return is_one_of(backup_policy, "Status", "the backup policy", ["ENABLED", "ENABLING"])


@rule(
    file_system_type,
    "efs_multi_az_enabled",
    Severity.MEDIUM,
    title="File systems are kept, and can be mounted, in several Availability Zones",
    why="Files in one zone, or reached by one zone's mount target, are away when that zone is.",
    fix="Use a regional file system, with a mount target in every zone in which clients are.",
)
def multi_az_enabled(file_system: Any) -> Verdict:
    zone = member(file_system, "AvailabilityZoneName", "the file system")
    if zone:
        return failed(f"the files are kept in {zone} only", AvailabilityZoneName=zone)
    return at_least(file_system, "NumberOfMountTargets", "the file system", 2)


@rule(
    access_point_type,
    "efs_access_point_enforce_root_directory",
    Severity.MEDIUM,
    title="Access points lead to a directory of their own",
    why="An access point to the root directory shows its clients the whole file system.",
    fix="Make an access point with a root directory other than / and let clients use it: it cannot be changed afterwards.",
)
def access_point_enforces_root_directory(access_point: Any) -> Verdict:
    path = member(access_point, "RootDirectory.Path", "the access point")
    if path is None or text(path, "RootDirectory.Path") == "/":
        return failed("the access point leads to the root of the file system", RootDirectory=path)
    return passed(f"the access point leads to {path}")


@rule(
    access_point_type,
    "efs_access_point_enforce_user_identity",
    Severity.MEDIUM,
    title="Access points decide as which user their clients work",
    why="Without a POSIX user of the access point every client says itself who it is, root included.",
    fix="Make an access point with a POSIX user and let clients use it: it cannot be changed afterwards.",
)
def access_point_enforces_user_identity(access_point: Any) -> Verdict:
    user = member(access_point, "PosixUser", "the access point")
    if user is None:
        return failed("clients say themselves as which user they work", PosixUser=None)
    return passed(f"clients work as user {mapping(user, 'PosixUser').get('Uid')}")


@rule(
    mount_target_type,
    "efs_mount_target_not_publicly_accessible",
    Severity.MEDIUM,
    title="Mount targets are not in subnets that give public addresses",
    why="A subnet that gives what is launched in it a public address is meant for what the internet reaches.",
    fix="Make a mount target in a private subnet of the same zone in place of this one.",
)
def mount_target_not_publicly_accessible(mount_target: Any, subnets: Any) -> Verdict:
    name = text(member(mount_target, "SubnetId", "the mount target"), "SubnetId")
    found = mapping(subnets, "the subnets").get(name)
    if found is None:
        return unknown(f"subnet {name} could not be found")
    return is_off(found, "MapPublicIpOnLaunch", f"subnet {name}")
