"""The policies of Amazon S3 on a bucket's policy document.

Public access is decided as the user guide's page "Blocking public access to your Amazon S3 storage" has it: a public
policy counts only while RestrictPublicBuckets is off, a public ACL only while IgnorePublicAcls is off, in the
bucket's block and in the account's. The other two flags stop new ones and change nothing about those that stand.
"""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed, unknown
from liveaudit.policies.documents import S3_WRITE_ACTIONS, denies_insecure_transport
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers, not_public
from liveaudit.policies.shapes import document, rule, text
from liveaudit.services.s3.resources import bucket
from liveaudit.services.s3.shapes import everybody_grants, is_on


@rule(
    bucket,
    "s3_bucket_public_access",
    Severity.CRITICAL,
    title="The bucket is not public",
    why="Whoever finds the name of a public bucket can use what it holds. Scanners find new ones within minutes.",
    fix="Block public access, then remove the grant or the statement shown.",
)
def is_not_public(
    acl: Any, policy_document: Any, public_access_block: Any, account_public_access_block: Any
) -> Verdict:
    """User guide, 'The meaning of "public"'."""
    blocks = (public_access_block, account_public_access_block)
    grants = [] if is_on("IgnorePublicAcls", *blocks) else everybody_grants(acl)
    if grants:
        return failed("the ACL grants access to everybody", grants=grants)
    return _no_public_statement(policy_document, blocks, None, "the policy lets everybody in")


@rule(
    bucket,
    "s3_bucket_policy_public_write_access",
    Severity.CRITICAL,
    title="The bucket's policy does not let everybody write",
    why="Everybody could put, overwrite or delete objects, or change the bucket's own settings.",
    fix="Name the principals in the statement shown instead of everybody, or remove it.",
)
def policy_lets_nobody_write(
    policy_document: Any, public_access_block: Any, account_public_access_block: Any
) -> Verdict:
    """CIS 7.0 2.21; user guide, 'The meaning of "public"'. Patterns that cover a write action count."""
    blocks = (public_access_block, account_public_access_block)
    return _no_public_statement(policy_document, blocks, S3_WRITE_ACTIONS, "the policy lets everybody write")


def _no_public_statement(
    policy_document: Any, blocks: tuple[Any, Any], actions: tuple[str, ...] | None, reason: str
) -> Verdict:
    if is_on("RestrictPublicBuckets", *blocks):
        return passed("public policies reach nobody outside (RestrictPublicBuckets)")
    return not_public(policy_document, "the bucket policy", actions=actions, wrong=reason)


@rule(
    bucket,
    "s3_bucket_cross_account_access",
    Severity.HIGH,
    title="The bucket's policy lets in only accounts that are known",
    why="A foreign account named in the policy reads or writes here under its own administrators' rules, not yours.",
    fix="Remove the foreign principal from the statement shown, or enter its account as trusted.",
)
def policy_lets_no_stranger_in(policy_document: Any, resource: Resource, context: Context) -> Verdict:
    """User guide, "Bucket owner granting cross-account bucket permissions"."""
    return no_strangers(policy_document, "the bucket policy", resource, context)


@rule(
    bucket,
    "s3_bucket_secure_transport_policy",
    Severity.MEDIUM,
    title="The bucket's policy denies plain HTTP",
    why="S3 answers plain HTTP too; what travels that way can be read and changed on its way.",
    fix="Add a statement that denies everything to everybody where aws:SecureTransport is false.",
)
def denies_plain_http(policy_document: Any, resource: Resource) -> Verdict:
    """CIS 3.1.1; AWS Config rule s3-bucket-ssl-requests-only."""
    if policy_document is None:
        return failed("there is no bucket policy")
    denial = denies_insecure_transport(
        document(text(policy_document, "the bucket policy"), "the bucket policy"),
        f"arn:{resource.partition}:s3:::{resource.id}",
    )
    if denial.uncertain:
        return unknown(denial.reason)
    return passed(denial.reason) if denial.refused else failed(denial.reason)
