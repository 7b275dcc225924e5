"""The policies of Amazon S3 that need no policy document.

A public ACL is decided as the user guide's page "Blocking public access to your Amazon S3 storage" has it: it counts
only while IgnorePublicAcls is off, in the bucket's block and in the account's. BlockPublicAcls only stops new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.approved_regions import APPROVED, is_approved
from liveaudit.policies.shapes import mapping, mappings, rule
from liveaudit.services.s3.resources import access_point, account_block, bucket
from liveaudit.services.s3.shapes import everybody_grants, flags_off, is_on

_READ_PERMISSIONS = frozenset({"READ", "READ_ACP", "FULL_CONTROL"})
_WRITE_PERMISSIONS = frozenset({"WRITE", "WRITE_ACP", "FULL_CONTROL"})


def _complete_block(block: Any, whose: str) -> Verdict:
    off = flags_off(block)
    if not off:
        return passed(f"all four flags of {whose} public access block are on")
    if block is None:
        return failed(f"{whose} public access block is not configured", missing=off)
    return failed(f"{whose} public access block lacks {', '.join(off)}", missing=off)


@rule(
    account_block,
    "s3_account_level_public_access_blocks",
    Severity.HIGH,
    title="The account blocks public access to all its S3 buckets",
    why="The account's block holds for every bucket and access point, also for those made tomorrow: with it, one "
    "mistaken ACL or policy does not open anything.",
    fix="Turn all four flags on for the account, after moving what must be public behind CloudFront.",
)
def account_block_is_complete(public_access_block: Any) -> Verdict:
    """CIS 3.1.4; user guide, "Configuring block public access settings for your account"."""
    return _complete_block(public_access_block, "the account's")


@rule(
    bucket,
    "s3_bucket_level_public_access_block",
    Severity.HIGH,
    title="The bucket blocks public access by itself",
    why="The bucket's own block stays when somebody lifts the account's, and goes with the bucket's template.",
    fix="Turn all four flags on for the bucket.",
)
def bucket_block_is_complete(public_access_block: Any) -> Verdict:
    """CIS 3.1.4; user guide, "Configuring block public access settings for your S3 buckets"."""
    return _complete_block(public_access_block, "the bucket's")


@rule(
    access_point,
    "s3_access_point_public_access_block",
    Severity.CRITICAL,
    title="The access point blocks public access",
    why="An access point has a block of its own, and it cannot be changed later: made without it, the access point "
    "is only as closed as its policy.",
    fix="Make the access point anew, with all four flags, and delete this one.",
)
def access_point_block_is_complete(access_point: Any) -> Verdict:
    """User guide, "Managing public access to access points for general purpose buckets"."""
    return _complete_block(
        mapping(access_point, "the access point").get("PublicAccessBlockConfiguration"), "the access point's"
    )


@rule(
    bucket,
    "s3_bucket_public_list_acl",
    Severity.CRITICAL,
    title="The bucket's ACL does not let everybody list it",
    why="With READ everybody sees the names of all objects; with READ_ACP, who may do what.",
    fix="Set the ACL back to private.",
)
def acl_lets_nobody_list(acl: Any, public_access_block: Any, account_public_access_block: Any) -> Verdict:
    """User guide, "Access control list (ACL) overview", predefined groups."""
    return _no_public_grant(acl, (public_access_block, account_public_access_block), _READ_PERMISSIONS)


@rule(
    bucket,
    "s3_bucket_public_write_acl",
    Severity.CRITICAL,
    title="The bucket's ACL does not let everybody write",
    why="With WRITE everybody can put and overwrite objects at your cost; with WRITE_ACP they can take the rest.",
    fix="Set the ACL back to private.",
)
def acl_lets_nobody_write(acl: Any, public_access_block: Any, account_public_access_block: Any) -> Verdict:
    """User guide, "Access control list (ACL) overview", predefined groups."""
    return _no_public_grant(acl, (public_access_block, account_public_access_block), _WRITE_PERMISSIONS)


def _no_public_grant(acl: Any, blocks: tuple[Any, Any], permissions: frozenset[str]) -> Verdict:
    grants = everybody_grants(acl, permissions)
    if not grants:
        return passed("no such grant to everybody")
    if is_on("IgnorePublicAcls", *blocks):
        return passed("public ACLs are ignored (IgnorePublicAcls)")
    return failed(
        "the ACL grants " + ", ".join(sorted({grant["Permission"] for grant in grants})) + " to everybody",
        grants=grants,
    )


@rule(
    bucket,
    "s3_bucket_acl_prohibited",
    Severity.MEDIUM,
    title="The bucket's ACLs are turned off",
    why="With ACLs in force, access is spread over every object; turned off, policies alone decide.",
    fix="Move the ACLs' grants into the bucket policy, then turn the ACLs off.",
)
def acls_are_off(ownership_controls: Any) -> Verdict:
    """User guide, "Controlling ownership of objects and disabling ACLs for your bucket"."""
    if ownership_controls is None:
        return failed("no object ownership is configured: ACLs are in force")
    rules = mappings(mapping(ownership_controls, "the ownership controls").get("Rules"), "Rules")
    ownership = [rule.get("ObjectOwnership") for rule in rules]
    if "BucketOwnerEnforced" in ownership:
        return passed("ObjectOwnership is BucketOwnerEnforced")
    return failed("ObjectOwnership is not BucketOwnerEnforced", ObjectOwnership=ownership)


@rule(
    bucket,
    "s3_bucket_object_versioning",
    Severity.MEDIUM,
    title="The bucket keeps former versions of its objects",
    why="Without versions, an overwritten or deleted object is lost: by mistake, or to ransom.",
    fix="Enable versioning, with a lifecycle rule that expires noncurrent versions.",
)
def versioning_is_on(versioning: Any) -> Verdict:
    """User guide, "Retaining multiple versions of objects with S3 Versioning"."""
    status = mapping(versioning, "the versioning").get("Status")
    return (
        passed("versioning is enabled")
        if status == "Enabled"
        else failed("versioning is not enabled", Status=status)
    )


@rule(
    bucket,
    "s3_bucket_no_mfa_delete",
    Severity.MEDIUM,
    title="Deleting a version needs a second factor",
    why="With MFA delete, stolen keys alone can neither delete a version nor suspend versioning.",
    fix="Let the root user, who alone can, turn MFA delete on.",
)
def mfa_delete_is_on(versioning: Any) -> Verdict:
    """CIS 3.1.2; user guide, "Configuring MFA delete"."""
    value = mapping(versioning, "the versioning").get("MFADelete")
    return passed("MFA delete is enabled") if value == "Enabled" else failed("MFA delete is not enabled")


@rule(
    bucket,
    "s3_bucket_server_access_logging_enabled",
    Severity.MEDIUM,
    title="Requests to the bucket are logged",
    why="Without its access log nobody can tell afterwards who read which object.",
    fix="Log the requests to another bucket.",
)
def access_is_logged(logging: Any) -> Verdict:
    """User guide, "Logging requests with server access logging"."""
    if logging is None:
        return failed("server access logging is off")
    target = mapping(logging, "the logging").get("TargetBucket")
    return passed("server access logging is on") if target else failed("logging has no target bucket")


def _algorithms(encryption: Any) -> list[str]:
    if encryption is None:
        return []
    rules = mappings(mapping(encryption, "the encryption").get("Rules"), "the encryption's Rules")
    defaults = (rule.get("ApplyServerSideEncryptionByDefault") for rule in rules)
    return [str(each["SSEAlgorithm"]) for each in defaults if each and each.get("SSEAlgorithm")]


@rule(
    bucket,
    "s3_bucket_default_encryption",
    Severity.MEDIUM,
    title="The bucket encrypts new objects by default",
    why="AWS encrypts new objects since 2023; a bucket that shows no rule is worth a look.",
    fix="Set the bucket's default encryption.",
)
def encrypts_by_default(encryption: Any) -> Verdict:
    """CIS 1.5 2.1.1; user guide, "Setting default server-side encryption behavior"."""
    algorithms = _algorithms(encryption)
    if algorithms:
        return passed(f"new objects are encrypted with {', '.join(algorithms)}")
    return failed("no default encryption rule")


@rule(
    bucket,
    "s3_bucket_kms_encryption",
    Severity.MEDIUM,
    title="The bucket encrypts new objects with a KMS key",
    why="With a KMS key, reading needs a right on the key too, each use is logged, and the key can be disabled.",
    fix="Set the bucket's default encryption to a KMS key, with the bucket key on.",
)
def encrypts_with_kms(encryption: Any) -> Verdict:
    """User guide, "Using server-side encryption with AWS KMS keys"."""
    algorithms = _algorithms(encryption)
    if {"aws:kms", "aws:kms:dsse"} & set(algorithms):
        return passed(f"new objects are encrypted with {', '.join(algorithms)}")
    return failed("new objects are not encrypted with a KMS key", SSEAlgorithm=algorithms)


def _has_enabled_lifecycle(lifecycle: Any) -> bool:
    if lifecycle is None:
        return False
    rules = mappings(mapping(lifecycle, "the lifecycle").get("Rules"), "the lifecycle's Rules")
    return any(rule.get("Status") == "Enabled" for rule in rules)


@rule(
    bucket,
    "s3_bucket_lifecycle_enabled",
    Severity.LOW,
    title="The bucket has a lifecycle rule in force",
    why="Without one, everything is kept for ever: at a cost, and longer than the law may want.",
    fix="Say with a rule what shall move to cheaper storage, what expires, and what becomes of unfinished "
    "uploads.",
)
def lifecycle_is_on(lifecycle: Any) -> Verdict:
    """User guide, "Managing the lifecycle of objects"."""
    if _has_enabled_lifecycle(lifecycle):
        return passed("a lifecycle rule is enabled")
    return failed("no lifecycle rule is enabled")


@rule(
    bucket,
    "s3_bucket_versioned_without_lifecycle",
    Severity.MEDIUM,
    title="A versioned bucket expires what it no longer needs",
    why="Every overwritten object stays as a noncurrent version until a rule expires it.",
    fix="Add a rule with NoncurrentVersionExpiration.",
)
def versions_expire(versioning: Any, lifecycle: Any) -> Verdict:
    """User guide, "Examples of S3 Lifecycle configurations", noncurrent versions."""
    if mapping(versioning, "the versioning").get("Status") != "Enabled":
        return not_applicable("versioning is not enabled")
    if _has_enabled_lifecycle(lifecycle):
        return passed("a lifecycle rule is enabled")
    return failed("versioning is enabled and no lifecycle rule is")


@rule(
    bucket,
    "s3_bucket_in_approved_region",
    Severity.MEDIUM,
    title="The bucket is in an approved region",
    why="Where data lies decides which law holds for it; and what is in a region that nobody uses is seen by nobody.",
    fix="Make a bucket in an approved region, copy the objects there, and delete this one.",
    takes=(APPROVED,),
)
def bucket_is_where_it_may_be(bucket: Any, resource: Resource, approved_regions: Sequence[str]) -> Verdict:
    """It has nothing to say until the parameter ``approved_regions`` is set."""
    mapping(bucket, "the bucket")
    return is_approved(resource, approved_regions)
