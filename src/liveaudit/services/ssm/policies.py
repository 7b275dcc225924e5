"""The policies of documents, and of whether they may be made public."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.policy import Context
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import UnexpectedShapeError, rule, texts
from liveaudit.services.ssm.resources import document, region_settings


@rule(
    document,
    "ssm_documents_set_as_public",
    Severity.HIGH,
    title="The document is shared with known accounts only",
    why="A document shows how instances are run, and with which names, paths and accounts, to whoever it is shared with.",
    fix="Take the accounts, or everybody, off the document's permissions, or enter them as trusted.",
)
def is_shared_with_known_accounts(permission: Any, resource: Resource, context: Context) -> Verdict:
    """Security Hub SSM.4; Systems Manager API reference, DescribeDocumentPermission."""
    shared = texts([] if permission is None else permission, "the accounts that it is shared with")
    if any(each.lower() == "all" for each in shared):
        return failed("the document is public", AccountIds=["all"])
    strange = sorted(set(shared) - context.own_accounts - context.trusted_accounts - {resource.account})
    if strange:
        return failed("the document is shared with accounts that are not known", AccountIds=strange)
    return passed(
        "the document is shared with known accounts only" if shared else "the document is not shared"
    )


@rule(
    document,
    "ssm_document_secrets",
    Severity.HIGH,
    title="The document holds no secrets",
    why="Whoever may read or run the document reads the secret too, and it stays in all its older versions.",
    fix="Put the secret into Secrets Manager or a SecureString parameter, refer to it, and change it: it is known.",
)
def holds_no_secrets(secrets: Any) -> Verdict:
    """Systems Manager user guide, "Security best practices for Systems Manager"."""
    return without_secrets(secrets, "line of the document")


@rule(
    region_settings,
    "ssm_document_public_sharing_not_blocked",
    Severity.CRITICAL,
    title="Documents of the region cannot be made public",
    why="With the block on, nobody can share a document with everybody, by mistake or on purpose.",
    fix="Switch the block of public sharing on for Systems Manager's documents in the region.",
)
def public_sharing_is_blocked(public_sharing: Any) -> Verdict:
    """Security Hub SSM.7; user guide, "Block public sharing for SSM documents"."""
    if public_sharing == "Disable":
        return passed("public sharing is blocked")
    if public_sharing == "Enable":
        return failed("public sharing is not blocked", SettingValue="Enable")
    raise UnexpectedShapeError(f"the setting is {public_sharing!r}")


@rule(
    region_settings,
    "ssm_automation_cloudwatch_logging",
    Severity.MEDIUM,
    title="The output of automations is logged",
    why="Without it nobody can see later what a script in an automation did.",
    fix="Set the destination of Automation's script output to CloudWatch Logs in the region.",
)
def automations_are_logged(automation_logging: Any) -> Verdict:
    """Security Hub SSM.6; user guide, "Logging Automation action output with CloudWatch Logs"."""
    if not isinstance(automation_logging, str):
        raise UnexpectedShapeError(f"the setting is {automation_logging!r}")
    if automation_logging == "CloudWatch":
        return passed("the output of automations goes to CloudWatch Logs")
    return failed("the output of automations is not logged", SettingValue=automation_logging)
