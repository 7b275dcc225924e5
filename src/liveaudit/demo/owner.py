"""Plays the owners of the accounts: makes exactly the roles and policies of the documents, by IAM calls.

The set-up itself makes no role. What the owner of a real account does with the printed files, the demonstration and the
tests do here, with an administrator's keys of the lab.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from liveaudit.provision import names
from liveaudit.provision.documents import AccountDocuments, Documents, ManagedPolicy, Role

RUNNER = "liveaudit"
_VERSIONS = 5
"""Versions that a managed policy keeps. Source: IAM User Guide, "IAM and AWS STS quotas"."""


class Clients(Protocol):
    """Gives boto3 clients with an administrator's rights."""

    def __call__(self, account: str, service: str, region: str) -> Any:
        """A client for ``service`` in that account and region."""


def make_documents(clients: Clients, documents: Documents) -> None:
    """Make everything, in every account. What stands already is made as the documents say; repeating it is harmless."""
    for each in documents.accounts:
        make_account(clients(each.account, "iam", documents.home), documents.partition, each)


def make_account(iam: Any, partition: str, documents: AccountDocuments) -> None:
    """Make one account's policies and roles with its IAM client."""
    arns = {
        each.name: f"arn:{partition}:iam::{documents.account}:policy/{each.name}"
        for each in documents.policies
    }
    for policy in documents.policies:
        _put_policy(iam, arns[policy.name], policy)
    for role in documents.roles:
        _put_role(iam, role, {arns[each] for each in role.attached})


def make_runner(iam: Any, partition: str, documents: AccountDocuments, user: str = RUNNER) -> tuple[str, str]:
    """Make the user that runs liveaudit, with the runner's policies and nothing else; its new access key and secret."""
    try:
        iam.create_user(UserName=user)
    except iam.exceptions.EntityAlreadyExistsException:
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    for policy in documents.policies:
        if policy.name.startswith((names.RUNNER_POLICY, names.CHANNELS_POLICY)):
            arn = f"arn:{partition}:iam::{documents.account}:policy/{policy.name}"
            iam.attach_user_policy(UserName=user, PolicyArn=arn)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def _put_policy(iam: Any, arn: str, policy: ManagedPolicy) -> None:
    document = json.dumps(policy.document)
    try:
        iam.create_policy(PolicyName=policy.name, PolicyDocument=document, Description=policy.why)
    except iam.exceptions.EntityAlreadyExistsException:
        standing = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=standing)["PolicyVersion"]["Document"]
        if found == policy.document:
            return
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= _VERSIONS:
            oldest = min(
                (each for each in versions if not each["IsDefaultVersion"]),
                key=lambda each: each["CreateDate"],
            )
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)


def _put_role(iam: Any, role: Role, attached: set[str]) -> None:
    trust = json.dumps(role.trust)
    try:
        iam.create_role(
            RoleName=role.name, Path=role.path, AssumeRolePolicyDocument=trust, Description=role.why
        )
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
    standing = {
        each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]
    }
    for arn in sorted(attached - standing):
        iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    for arn in sorted(standing - attached):
        iam.detach_role_policy(RoleName=role.name, PolicyArn=arn)
    inline = {each.name: each for each in role.inline}
    for name in set(iam.list_role_policies(RoleName=role.name)["PolicyNames"]) - inline.keys():
        iam.delete_role_policy(RoleName=role.name, PolicyName=name)
    for name, policy in inline.items():
        iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=json.dumps(policy.document))
