"""S3 as it is today, where moto's is older: the defaults of new buckets, what they refuse, ListBuckets.

Sources: Amazon S3 User Guide, "Default settings for new S3 buckets" (since April 2023), "Controlling ownership of
objects", "Blocking public access"; API reference of ListBuckets.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.calls import Call
from liveaudit.lab.errors import Refusal
from liveaudit.lab.permissions.conditions import as_list

ENFORCED = "BucketOwnerEnforced"
_PUBLIC_GROUPS = ("global/AllUsers", "global/AuthenticatedUsers")
_OWNER_ONLY = {"", "private", "bucket-owner-full-control"}
_PUBLIC_CANNED = {"public-read", "public-read-write", "authenticated-read"}
_NARROWING = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
}
_EVERYWHERE = {"*", "0.0.0.0/0", "::/0"}
_PAGE = 10_000


def install(patches: internals.Patches) -> None:
    """Give new buckets their defaults, and mend moto's ListBuckets and ``public-read-write``."""
    patches.wrap("s3.models:S3Backend.create_bucket", _create_bucket)
    patches.replace("s3.models:S3Backend.delete_bucket_encryption", _default_encryption)
    patches.wrap("s3.models:get_canned_acl", _canned_acl)
    patches.wrap("s3.responses:get_canned_acl", _canned_acl)
    patches.replace("s3.responses:S3Response.all_buckets", _list_buckets)


def bucket_named(name: str) -> Any:
    """moto's bucket of this name in whichever account, None when there is none."""
    backends = internals.module("s3.models").s3_backends
    partition, account = backends.bucket_accounts.get(name, (None, None))
    return None if partition is None else backends[account][partition].buckets.get(name)


def refusal(call: Call, params: Mapping[str, Any]) -> Refusal | None:
    """Why S3 would refuse this call where moto does not, None when it would not."""
    if call.service != "s3":
        return None
    if call.operation == "CreateBucket":
        return _refuse_create(call)
    bucket = bucket_named(params.get("Bucket", ""))
    if bucket is None:
        return None
    if call.operation == "PutBucketAcl":
        return _refuse_acl(call, bucket)
    if call.operation == "PutBucketPolicy":
        return _refuse_policy(call, bucket)
    return None


def _create_bucket(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    bucket = original(backend, *args, **kwargs)
    bucket.encryption = _sse_s3()
    bucket.ownership_rule = ENFORCED
    bucket.public_access_block = internals.module("s3.models").PublicAccessBlock(True, True, True, True)
    return bucket


def _sse_s3() -> dict[str, Any]:
    return {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def _default_encryption(backend: Any, bucket_name: str) -> None:
    backend.get_bucket(bucket_name).encryption = _sse_s3()


def _canned_acl(original: Callable[..., Any], acl: str) -> Any:
    canned = original(acl)
    # moto's answer names only the first permission of a grant
    grants = [
        (grantee, permission)
        for one in canned.grants
        for grantee in one.grantees
        for permission in one.permissions
    ]
    if len(grants) != len(canned.grants):
        grant = internals.module("s3.models").FakeGrant
        canned.grants = [grant([grantee], [permission]) for grantee, permission in grants]
    return canned


def _refuse_create(call: Call) -> Refusal | None:
    headers = call.request.headers
    canned = headers.get("x-amz-acl", "")
    grants = _grant_headers(call)
    if canned in _OWNER_ONLY and not grants:
        return None
    if headers.get("x-amz-object-ownership", ENFORCED) == ENFORCED:
        text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        return Refusal("InvalidBucketAclWithObjectOwnership", text, 400)
    if canned in _PUBLIC_CANNED or _is_public(" ".join(grants)):
        return _denied(call, "public access control lists (ACLs) are blocked by the BlockPublicAcls setting")
    return None


def _refuse_acl(call: Call, bucket: Any) -> Refusal | None:
    canned = call.request.headers.get("x-amz-acl", "")
    grants = _grant_headers(call)
    text = call.body.decode("utf-8", "replace") if not (canned or grants) else " ".join(grants)
    if bucket.ownership_rule == ENFORCED:
        owner_only = (
            canned in _OWNER_ONLY and not grants and text.count("<Grant>") <= 1 and "<URI>" not in text
        )
        return (
            None
            if owner_only
            else Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
        )
    if (canned in _PUBLIC_CANNED or _is_public(text)) and _blocks(
        bucket, "block_public_acls", "BlockPublicAcls"
    ):
        return _denied(call, "public access control lists (ACLs) are blocked by the BlockPublicAcls setting")
    return None


def _refuse_policy(call: Call, bucket: Any) -> Refusal | None:
    if _blocks(bucket, "block_public_policy", "BlockPublicPolicy") and is_public_policy(call.body):
        return _denied(call, "public policies are prevented by the BlockPublicPolicy setting")
    return None


def _grant_headers(call: Call) -> list[str]:
    return [value for name, value in call.request.headers.items() if name.lower().startswith("x-amz-grant-")]


def _is_public(text: str) -> bool:
    return any(group in text for group in _PUBLIC_GROUPS)


def _blocks(bucket: Any, attribute: str, member: str) -> bool:
    own = bucket.public_access_block
    if own is not None and getattr(own, attribute):
        return True
    backend = internals.module("s3control.models").s3control_backends[bucket.account_id][bucket.partition]
    account = backend.public_access_block
    if account is None:
        return False
    value = account.get(member) if isinstance(account, Mapping) else getattr(account, attribute)
    return str(value).lower() == "true"


def _denied(call: Call, why: str) -> Refusal:
    text = f"User: {call.identity.arn} is not authorized to perform: s3:{call.operation} because {why}"
    return Refusal("AccessDenied", text, 403)


def is_public_policy(document: bytes) -> bool:
    """Whether S3 would call this bucket policy public: it lets everybody in, with no condition that narrows whom."""
    try:
        parsed = json.loads(document)
    except ValueError:
        return False
    statements = as_list(parsed.get("Statement")) if isinstance(parsed, dict) else []
    return any(_is_public_statement(one) for one in statements if isinstance(one, dict))


def _is_public_statement(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS")))
    return (everybody or "NotPrincipal" in statement) and not _narrows(statement.get("Condition") or {})


def _narrows(condition: Mapping[str, Any]) -> bool:
    for operator, keys in condition.items():
        name = operator.lower()
        if "not" in name or name.endswith("ifexists") or name == "null":
            continue
        for key, values in keys.items():
            fixed = [str(value) for value in as_list(values)]
            if key.lower() in _NARROWING and fixed and not any(value in _EVERYWHERE for value in fixed):
                return True
    return False


def _list_buckets(response: Any) -> Any:
    responses = internals.module("core.responses")
    args = response.normalized_request.args
    prefix, region = args.get("prefix", ""), args.get("bucket-region", "")
    limit = int(args.get("max-buckets") or _PAGE)
    after = base64.b64decode(args["continuation-token"]).decode() if "continuation-token" in args else ""
    buckets = sorted(response.backend.buckets.values(), key=lambda bucket: bucket.name)
    wanted = [
        bucket
        for bucket in buckets
        if bucket.name.startswith(prefix) and bucket.name > after and region in ("", bucket.region_name)
    ]
    page = wanted[:limit]
    described = any(name in args for name in ("prefix", "bucket-region", "max-buckets", "continuation-token"))
    result: dict[str, Any] = {
        "Owner": {"ID": "bcaf1ffd86f41161ca5fb16fd081034f", "DisplayName": "webfile"},
        "Buckets": [_listed(bucket, described) for bucket in page],
    }
    if prefix:
        result["Prefix"] = prefix
    if len(wanted) > limit:
        result["ContinuationToken"] = base64.b64encode(page[-1].name.encode()).decode()
    response.data["Action"] = "ListBuckets"
    return response.serialized(responses.ActionResult(result))


def _listed(bucket: Any, described: bool) -> dict[str, str]:
    listed = {"Name": bucket.name, "CreationDate": bucket.creation_date_ISO8601}
    if described:
        listed |= {
            "BucketRegion": bucket.region_name,
            "BucketArn": f"arn:{bucket.partition}:s3:::{bucket.name}",
        }
    return listed
