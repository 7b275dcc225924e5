"""The policies of managed policies: what they allow, and to whom AWS's own are attached.

An event that attaches a policy touches the policy too: attached or not is part of its state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.documents import (
    Document,
    Grant,
    allows,
    assumes_any_role,
    full_access,
    is_administrator,
    privilege_escalations,
)
from liveaudit.policies.shapes import document, mapping, names, rule, whole_number
from liveaudit.services.iam.resources import managed_policy

CUSTOMERS = "arn:*:iam::[0-9]*:policy/*"
AWS_OWN = "arn:*:iam::aws:policy/*"
Finds = Callable[[Document, Resource], Sequence[Grant]]
"""What is wrong with a policy document of the account that the resource is in."""


def decrypts_with_every_key(written: Document, resource: Resource) -> Sequence[Grant]:
    """The statements that allow to decrypt with every KMS key of the account (Security Hub KMS.1 and KMS.2)."""
    keys = f"arn:{resource.partition}:kms:*:{resource.account}:key/*"
    found = (allows(written, action, keys) for action in ("kms:Decrypt", "kms:ReEncryptFrom"))
    return list({grant.statement: grant for grant in found if grant is not None}.values())


def everything_of(service: str) -> Finds:
    """Finds the statements that allow everything of a service on all of its resources."""
    return lambda written, _: full_access(written, service)


def whole_services(written: Document, _: Resource) -> Sequence[Grant]:
    """The statements that name ``<service>:*`` and hold all of its resources (Security Hub IAM.21)."""
    services = {
        action.removesuffix(":*")
        for statement in written.allows
        if not statement.not_action
        for action in statement.action_patterns
        if action.endswith(":*") and "*" not in action[:-1] and "?" not in action
    }
    found = (grant for service in sorted(services) for grant in full_access(written, service))
    return list({grant.statement: grant for grant in found}.values())


def _of(value: Any) -> Document:
    return document(value, "the policy's default version")


def _grants(grants: Sequence[Grant], wrong: str, right: str) -> Verdict:
    return failed(wrong, Statement=[grant.evidence() for grant in grants]) if grants else passed(right)


def _attachments(policy: Any) -> int:
    return whole_number(mapping(policy, "the policy").get("AttachmentCount"), "AttachmentCount")


def _administrator(policy: Any, document: Any) -> Verdict:
    count = _attachments(policy)
    if count == 0:
        return not_applicable("the policy is attached to nothing")
    grants = is_administrator(_of(document))
    if not grants:
        return passed("the policy does not allow everything on everything")
    return failed(
        "an attached policy allows everything on everything",
        AttachmentCount=count,
        Statement=[grant.evidence() for grant in grants],
    )


@rule(
    managed_policy,
    "iam_aws_attached_policy_no_administrative_privileges",
    Severity.CRITICAL,
    title="No policy of AWS with full rights is attached",
    why="Whoever has it can do everything in the account, and one leaked key or flawed program gives it all away.",
    fix="Give those who have it a policy with what they need, and detach this one.",
    ids=AWS_OWN,
)
def attached_aws_policy_is_no_administrator(policy: Any, document: Any) -> Verdict:
    """CIS 7.0 2.14; Security Hub IAM.1."""
    return _administrator(policy, document)


@rule(
    managed_policy,
    "iam_customer_attached_policy_no_administrative_privileges",
    Severity.HIGH,
    title="No attached customer policy gives full rights",
    why="Whoever has it can do everything in the account, and one leaked key or flawed program gives it all away.",
    fix="Write down what is needed, action by action, as a new version of the policy.",
    ids=CUSTOMERS,
)
def attached_customer_policy_is_no_administrator(policy: Any, document: Any) -> Verdict:
    """CIS 7.0 2.14; Security Hub IAM.1."""
    return _administrator(policy, document)


@rule(
    managed_policy,
    "iam_customer_unattached_policy_no_administrative_privileges",
    Severity.MEDIUM,
    title="No customer policy lies ready that gives full rights",
    why="It waits for somebody to attach it, and its name seldom tells what it allows.",
    fix="Delete the policy, or narrow it to what it is meant for.",
    ids=CUSTOMERS,
)
def unattached_customer_policy_is_no_administrator(policy: Any, document: Any) -> Verdict:
    """The same as CIS 7.0 2.14, for policies that nobody has yet."""
    if _attachments(policy):
        return not_applicable("the policy is attached")
    return _grants(
        is_administrator(_of(document)),
        "the policy allows everything on everything",
        "the policy does not allow everything on everything",
    )


def _customer_rule(
    policy_id: str,
    severity: Severity,
    finds: Finds,
    *,
    wrong: str,
    title: str,
    why: str,
    fix: str,
) -> None:
    """A policy on the document of a customer's policy, attached or not."""

    @rule(
        managed_policy,
        policy_id,
        severity,
        title=title,
        why=why,
        fix=fix,
        ids=CUSTOMERS,
    )
    def judge(document: Any, resource: Resource) -> Verdict:
        """IAM user guide, "Security best practices in IAM": least privilege."""
        return _grants(finds(_of(document), resource), wrong, "no statement of the policy allows it")


_customer_rule(
    "iam_no_custom_policy_permissive_role_assumption",
    Severity.HIGH,
    lambda written, _: assumes_any_role(written),
    wrong="the policy allows to take every role",
    title="No customer policy allows to take every role",
    why="With sts:AssumeRole on *, its holder can become any role that trusts the account, administrators among them.",
    fix="Name the roles' ARNs as Resource of sts:AssumeRole.",
)
_customer_rule(
    "iam_policy_allows_decrypt_on_all_keys",
    Severity.MEDIUM,
    decrypts_with_every_key,
    wrong="the policy allows to decrypt with every KMS key",
    title="No customer policy allows to decrypt with every KMS key",
    why="The key is often what protects data from those who can read the bucket or the table; this takes it away.",
    fix="Name the keys' ARNs as Resource of kms:Decrypt and kms:ReEncryptFrom.",
)
_customer_rule(
    "iam_policy_wildcard_service_actions",
    Severity.LOW,
    whole_services,
    wrong="the policy allows everything of a service",
    title="No customer policy allows everything of a service",
    why="It allows what nobody thought of, and what the service learns to do later.",
    fix="Name the actions and the resources that are needed.",
)
_customer_rule(
    "iam_policy_no_full_access_to_kms",
    Severity.MEDIUM,
    everything_of("kms"),
    wrong="the policy allows everything of KMS",
    title="No customer policy allows everything of KMS",
    why="Its holder can decrypt with every key, change who may, and schedule keys for deletion, and the data with them.",
    fix="Name the actions and the keys that are needed.",
)
_customer_rule(
    "iam_policy_no_full_access_to_cloudtrail",
    Severity.MEDIUM,
    everything_of("cloudtrail"),
    wrong="the policy allows everything of CloudTrail",
    title="No customer policy allows everything of CloudTrail",
    why="Its holder can switch off the log of what is done in the account, before doing it.",
    fix="Allow the reading actions only, such as cloudtrail:LookupEvents.",
)


@rule(
    managed_policy,
    "iam_policy_allows_privilege_escalation",
    Severity.HIGH,
    title="No customer policy lets its holder give himself more rights",
    why="Some rights together are as good as all: to attach a policy to oneself, or to pass a strong role to a program "
    "of one's own.",
    fix="Take out one of the actions named, or narrow its Resource to what is needed.",
    ids=CUSTOMERS,
)
def does_not_escalate(document: Any) -> Verdict:
    """IAM user guide, "Security best practices in IAM"; the paths stand in ``documents.escalation``."""
    paths = privilege_escalations([_of(document)])
    if not paths:
        return passed("the policy leaves no known path to more rights")
    return failed(
        "the policy leaves a path to more rights",
        paths=[path.name for path in paths[:20]],
        actions=sorted({action for path in paths[:20] for action in path.actions}),
    )


def _holders(entities: Any) -> dict[str, list[str]]:
    given = mapping(entities, "who has the policy")
    found = {
        f"Policy{kind}s": names(given.get(f"Policy{kind}s"), f"{kind}Name", f"the {kind.lower()}s")
        for kind in ("User", "Group", "Role")
    }
    return {kind: holders for kind, holders in found.items() if holders}


@rule(
    managed_policy,
    "iam_policy_cloudshell_admin_not_attached",
    Severity.MEDIUM,
    title="AWSCloudShellFullAccess is attached to nobody",
    why="It allows to carry files out of the account through a shell in the browser, past every proxy.",
    fix="Detach it, or attach a policy that denies cloudshell:GetFileDownloadUrls and "
    "cloudshell:GetFileUploadUrls.",
    ids=f"{AWS_OWN[:-1]}AWSCloudShellFullAccess",
)
def cloudshell_is_not_attached(entities: Any) -> Verdict:
    """CIS 7.0 2.20; Security Hub IAM.27."""
    holders = _holders(entities)
    if holders:
        return failed("AWSCloudShellFullAccess is attached", **holders)
    return passed("AWSCloudShellFullAccess is attached to nobody")


@rule(
    managed_policy,
    "iam_support_role_created",
    Severity.LOW,
    title="A role for incidents with AWS Support exists",
    why="When something goes wrong, somebody must be able to open a case without waiting for rights, or for the root.",
    fix="Attach AWSSupportAccess to the role that is taken when there is an incident.",
    ids=f"{AWS_OWN[:-1]}AWSSupportAccess",
)
def support_has_a_role(entities: Any) -> Verdict:
    """CIS 7.0 2.15; IAM user guide, "AWS managed policies for job functions"."""
    roles = _holders(entities).get("PolicyRoles", [])
    if roles:
        return passed("AWSSupportAccess is attached to a role", PolicyRoles=roles[:20])
    return failed("AWSSupportAccess is attached to no role", PolicyRoles=[])
