"""The fixes of Amazon S3."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from liveaudit.fix.row import Call, Fix, Given, Put, Step, UnfixableError, setting

_BUCKET = {"Bucket": "{id}"}
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_CLOSED = dict.fromkeys(_FLAGS, True)
_NO_TLS = "DenyRequestsWithoutTLS"


def _back(section: Any, key: str, client: str, put: str, delete: str, params: dict[str, Any]) -> Call:
    """The call that brings a configuration back that stood, or takes it away again where none did."""
    if section is None:
        return Call(client, delete, params)
    return Call(client, put, {**params, key: section})


def _block(client: str, params: dict[str, str]) -> Any:
    def make(given: Given) -> Sequence[Step]:
        named = given.filled(params)
        key = "PublicAccessBlockConfiguration"
        before = given.sections["public_access_block"]
        flags = None if before is None else {flag: bool(before.get(flag)) for flag in _FLAGS}
        undo = _back(flags, key, client, "PutPublicAccessBlock", "DeletePublicAccessBlock", named)
        return (Step(Call(client, "PutPublicAccessBlock", {**named, key: _CLOSED}), undo),)

    return make


def _denies_plain_http(given: Given) -> Sequence[Step]:
    """S3 user guide, "Security best practices": aws:SecureTransport."""
    named = given.filled(_BUCKET)
    written = given.sections["policy_document"]
    document = _document(written)
    statement = {
        "Sid": _NO_TLS,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [given.arn, f"{given.arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    standing = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    taken = [each for each in standing if isinstance(each, dict) and each.get("Sid") == _NO_TLS]
    if taken:
        raise UnfixableError(
            f"the bucket's policy has a statement {_NO_TLS} already, which does not deny all of it: look at it"
        )
    mended = {**document, "Statement": [*standing, statement]}
    call = Call("s3", "PutBucketPolicy", {**named, "Policy": json.dumps(mended)})
    undo = _back(written, "Policy", "s3", "PutBucketPolicy", "DeleteBucketPolicy", named)
    return (Step(call, undo),)


def _document(written: Any) -> dict[str, Any]:
    if written is None:
        return {"Version": "2012-10-17", "Statement": []}
    try:
        found = json.loads(written)
    except (TypeError, ValueError) as error:
        raise UnfixableError(f"the bucket's policy cannot be read ({error}): mend it by hand") from error
    if not isinstance(found, dict) or "Statement" not in found:
        raise UnfixableError("the bucket's policy has no statements: mend it by hand")
    return found


def _acls_off(given: Given) -> Sequence[Step]:
    named = given.filled(_BUCKET)
    key = "OwnershipControls"
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    call = Call("s3", "PutBucketOwnershipControls", {**named, key: enforced})
    undo = _back(
        given.sections["ownership_controls"],
        key,
        "s3",
        "PutBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        named,
    )
    return (Step(call, undo),)


def _s3(*operations: str, client: str = "s3") -> frozenset[tuple[str, str]]:
    return frozenset((client, each) for each in operations)


FIXES = (
    Fix(
        (
            "s3_bucket_level_public_access_block",
            "s3_bucket_public_access",
            "s3_bucket_public_list_acl",
            "s3_bucket_public_write_acl",
            "s3_bucket_policy_public_write_access",
        ),
        "AWS::S3::Bucket",
        _block("s3", _BUCKET),
        _s3("PutPublicAccessBlock", "DeletePublicAccessBlock"),
        frozenset({"public_access_block"}),
        "Turns all four flags of the bucket's public access block on.",
        "Whoever reads the bucket without credentials, as the visitors of a website in it, no longer can.",
    ),
    Fix(
        ("s3_account_level_public_access_blocks",),
        "AWS::S3::AccountPublicAccessBlock",
        _block("s3control", {"AccountId": "{account}"}),
        _s3("PutPublicAccessBlock", "DeletePublicAccessBlock", client="s3control"),
        frozenset({"public_access_block"}),
        "Turns all four flags of the account's public access block on.",
        "It holds for every bucket of the account: none is public any more, also those that are meant to be.",
    ),
    Fix(
        ("s3_bucket_secure_transport_policy",),
        "AWS::S3::Bucket",
        _denies_plain_http,
        _s3("PutBucketPolicy", "DeleteBucketPolicy"),
        frozenset({"policy_document"}),
        "Adds a statement to the bucket's policy that denies every request without TLS.",
        "Clients that still use http:// are refused.",
    ),
    Fix(
        ("s3_bucket_acl_prohibited",),
        "AWS::S3::Bucket",
        _acls_off,
        _s3("PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
        frozenset({"ownership_controls"}),
        "Turns the bucket's ACLs off (BucketOwnerEnforced).",
        "Whoever is let in by an ACL alone no longer is; S3 refuses while the bucket's own ACL grants to others.",
    ),
    setting(
        ("s3_bucket_object_versioning",),
        "AWS::S3::Bucket",
        "s3",
        "PutBucketVersioning",
        # once enabled it can only be suspended
        {**_BUCKET, "VersioningConfiguration": {"Status": Put("Enabled", back="Suspended")}},
        does="Enables the bucket's versioning.",
        beware="Former versions take space until a lifecycle rule expires them. Versioning cannot be taken away again, only "
        "suspended: the undo does that.",
        sections=("versioning",),
    ),
)
