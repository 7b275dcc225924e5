"""What the set-up itself looks at in every account: its preflight, its proof and its look for drift."""

from __future__ import annotations

from liveaudit.provision import names
from liveaudit.provision.documents import stacks
from liveaudit.provision.documents.audit import role_arn
from liveaudit.provision.documents.model import ManagedPolicy, Statement, arns
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.organizations import ACTIONS as ORGANIZATION_READS


def setup_policy(installation: Installation, account: Account) -> ManagedPolicy:
    """The set-up's reads in ``account``, and the hello that proves the way."""
    partition = installation.partition
    statements = [
        Statement(
            "Roles",
            ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
            _roles(installation, account),
            "setup check: do the roles of these documents stand, with the right trust.",
        ),
        Statement(
            "OwnPermissions",
            ("iam:SimulatePrincipalPolicy",),
            _roles(installation, account),
            "setup check: are the permissions there, without trying them out.",
        ),
        Statement(
            "Trails",
            ("cloudtrail:DescribeTrails",),
            ("*",),
            "setup check: without a trail there are no events; AWS knows no narrower resource for this.",
        ),
        Statement(
            "TrailState",
            ("cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"),
            arns(partition, "cloudtrail", "*", "*", ["trail/*"]),
            "setup check: is the trail logging, and what. An organization's trail belongs to another account.",
        ),
        Statement(
            "Regions",
            ("ec2:DescribeRegions",),
            ("*",),
            "setup check: which regions are enabled; AWS knows no narrower resource for this.",
        ),
        Statement(
            "Leftovers",
            ("cloudformation:ListStacks", "events:ListRules", "sqs:ListQueues"),
            ("*",),
            "setup destroy: is nothing of ours left; AWS knows no narrower resource for these.",
        ),
    ]
    if account.publishes:
        statements.append(stacks.hello(partition, account.id))
    if account.publishes and account.id != installation.receiver:
        statements += [
            Statement(
                "Rules",
                ("events:DescribeRule", "events:ListTargetsByRule"),
                arns(partition, "events", "*", account.id, [f"rule/{names.RULE}*"]),
                "setup verify: whether the rules stand as they were made.",
            ),
            Statement(
                "Queues",
                ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"),
                arns(partition, "sqs", "*", account.id, [names.UNDELIVERED_QUEUE]),
                "setup verify: what could not be delivered, why, and who may put something there.",
            ),
        ]
    if account.id == installation.receiver:
        statements.append(
            Statement(
                "DeadLetters",
                ("sqs:ReceiveMessage",),
                arns(partition, "sqs", "*", account.id, [names.dead_letters(installation.queue)]),
                "setup verify: what the receiver's rules could not deliver, and why.",
            )
        )
    if installation.organization is not None and account.id == installation.receiver:
        statements.append(
            Statement(
                "Organization",
                ORGANIZATION_READS,
                ("*",),
                "The settings take the accounts from the organization.",
            )
        )
    return ManagedPolicy(
        names.SETUP_POLICY, tuple(statements), "What liveaudit's set-up looks at, and its hello."
    )


def _roles(installation: Installation, account: Account) -> tuple[str, ...]:
    ours = [
        names.role_arn(installation.partition, account.id, each)
        for each in (names.ADMINISTRATION_ROLE, names.EXECUTION_ROLE, f"{names.FORWARDING_ROLE}*")
    ]
    return tuple(ours) if account.ambient else (*ours, role_arn(installation, account))
