"""The policies of DynamoDB tables."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed
from liveaudit.policies.checks import is_on, is_one_of
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers
from liveaudit.policies.shapes import rule
from liveaudit.services.dynamodb.resources import table as table_type


@rule(
    table_type,
    "dynamodb_tables_pitr_enabled",
    Severity.MEDIUM,
    title="Tables can be restored to any second of the last days",
    why="Without point-in-time recovery, what a faulty program overwrites or deletes is gone.",
    fix="Switch point-in-time recovery of the table on.",
)
def pitr_enabled(point_in_time_recovery: Any) -> Verdict:
    if point_in_time_recovery is None:
        return failed("point-in-time recovery is off", PointInTimeRecoveryStatus=None)
    return is_one_of(
        point_in_time_recovery, "PointInTimeRecoveryStatus", "point-in-time recovery", ["ENABLED"]
    )


@rule(
    table_type,
    "dynamodb_table_deletion_protection_enabled",
    Severity.MEDIUM,
    title="Tables are protected from deletion",
    why="With deletion protection a wrong call or a stolen credential cannot end the table in one step.",
    fix="Switch deletion protection of the table on.",
)
def deletion_protection_enabled(table: Any) -> Verdict:
    return is_on(table, "DeletionProtectionEnabled", "the table")


@rule(
    table_type,
    "dynamodb_table_cross_account_access",
    Severity.MEDIUM,
    title="Tables let in no account that is not trusted",
    why="A resource policy that names another account, or everybody, gives the items away without a role in between.",
    fix="Take the statement that lets the other account in out of the table's resource policy, or add the account to "
    "the trusted ones.",
)
def cross_account_access(policy_document: Any, resource: Resource, context: Context) -> Verdict:
    return no_strangers(policy_document, "the table's resource policy", resource, context)


@rule(
    table_type,
    "dynamodb_tables_kms_cmk_encryption_enabled",
    Severity.MEDIUM,
    title="Tables are encrypted with a KMS key of the account",
    why="The key that DynamoDB itself owns can be neither seen, nor restricted, nor revoked by the account.",
    fix="Encrypt the table with a KMS key, best with one of your own.",
)
def kms_cmk_encryption_enabled(table: Any) -> Verdict:
    return is_one_of(table, "SSEDescription.SSEType", "the table", ["KMS"])
