"""The policies of IAM by real calls in the lab.

What depends on the root, on ages or on when something was last used is no setting that a call changes.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CLOUDSHELL = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SUPPORT = "arn:aws:iam::aws:policy/AWSSupportAccess"
OTHER = "999999999999"


def document(**statement: Any) -> str:
    """A policy document of one statement that allows."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


ALL = document(Action="*", Resource="*")
SOME = document(Action="s3:GetObject", Resource="arn:aws:s3:::data/*")
ESCALATES = document(Action=["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Resource="*")


def trusts(principal: Any, **more: Any) -> str:
    """A trust policy."""
    return document(Action="sts:AssumeRole", Principal=principal, **more)


def test_a_user(live: Live) -> None:
    iam = live.client("iam")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="a-long-Password-1")
    iam.attach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR)
    for policy in (
        "iam_user_mfa_enabled_console_access",
        "iam_user_administrator_access_policy",
        "iam_policy_attached_only_to_group_or_roles",
    ):
        live.opens(policy, "ann")
    live.opens("iam_aws_attached_policy_no_administrative_privileges", ADMINISTRATOR)
    iam.detach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR)
    live.resolves("iam_user_administrator_access_policy", "ann")
    live.resolves("iam_policy_attached_only_to_group_or_roles", "ann")
    live.resolves("iam_aws_attached_policy_no_administrative_privileges", ADMINISTRATOR)
    iam.delete_login_profile(UserName="ann")
    live.verdict("iam_user_mfa_enabled_console_access", "ann", "NOT_APPLICABLE")


def test_a_group_of_administrators(live: Live) -> None:
    iam = live.client("iam")
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn=ADMINISTRATOR)
    iam.add_user_to_group(GroupName="admins", UserName="bob")
    live.opens("iam_administrator_access_with_mfa", "bob")
    iam.remove_user_from_group(GroupName="admins", UserName="bob")
    live.verdict("iam_administrator_access_with_mfa", "bob", "NOT_APPLICABLE")
    iam.detach_group_policy(GroupName="admins", PolicyArn=ADMINISTRATOR)


def test_a_role(live: Live) -> None:
    iam = live.client("iam")
    iam.create_role(RoleName="open", AssumeRolePolicyDocument=trusts({"AWS": "*"}))
    live.opens("iam_role_trust_allows_any_principal", "open")
    iam.attach_role_policy(RoleName="open", PolicyArn=ADMINISTRATOR)
    live.opens("iam_role_administratoraccess_policy", "open")
    iam.put_role_policy(RoleName="open", PolicyName="all", PolicyDocument=ALL)
    live.opens("iam_inline_policy_no_administrative_privileges", "open")
    iam.put_role_policy(RoleName="open", PolicyName="all", PolicyDocument=ESCALATES)
    live.opens("iam_inline_policy_allows_privilege_escalation", "open")
    live.resolves("iam_inline_policy_no_administrative_privileges", "open")
    iam.delete_role_policy(RoleName="open", PolicyName="all")
    live.resolves("iam_inline_policy_allows_privilege_escalation", "open")
    iam.detach_role_policy(RoleName="open", PolicyArn=ADMINISTRATOR)
    live.resolves("iam_role_administratoraccess_policy", "open")
    iam.update_assume_role_policy(RoleName="open", PolicyDocument=trusts({"Service": "ec2.amazonaws.com"}))
    live.resolves("iam_role_trust_allows_any_principal", "open")


def test_a_role_of_others(live: Live) -> None:
    iam = live.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trusts({"AWS": f"arn:aws:iam::{OTHER}:root"}))
    iam.attach_role_policy(RoleName="reader", PolicyArn=READ_ONLY)
    live.opens("iam_role_cross_account_readonlyaccess_policy", "reader")
    iam.detach_role_policy(RoleName="reader", PolicyArn=READ_ONLY)
    live.verdict("iam_role_cross_account_readonlyaccess_policy", "reader", "NOT_APPLICABLE")


def test_managed_policies(live: Live) -> None:
    iam = live.client("iam")
    iam.create_role(RoleName="helper", AssumeRolePolicyDocument=trusts({"Service": "ec2.amazonaws.com"}))
    iam.attach_role_policy(RoleName="helper", PolicyArn=CLOUDSHELL)
    live.opens("iam_policy_cloudshell_admin_not_attached", CLOUDSHELL)
    iam.detach_role_policy(RoleName="helper", PolicyArn=CLOUDSHELL)
    live.resolves("iam_policy_cloudshell_admin_not_attached", CLOUDSHELL)
    iam.attach_role_policy(RoleName="helper", PolicyArn=SUPPORT)
    iam.detach_role_policy(RoleName="helper", PolicyArn=SUPPORT)
    live.opens("iam_support_role_created", SUPPORT)
    iam.attach_role_policy(RoleName="helper", PolicyArn=SUPPORT)
    live.resolves("iam_support_role_created", SUPPORT)
    own = iam.create_policy(PolicyName="own", PolicyDocument=ALL)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="helper", PolicyArn=own)
    live.opens("iam_customer_attached_policy_no_administrative_privileges", own)
    iam.create_policy_version(PolicyArn=own, PolicyDocument=ESCALATES, SetAsDefault=True)
    live.resolves("iam_customer_attached_policy_no_administrative_privileges", own)
    live.opens("iam_policy_allows_privilege_escalation", own)
    iam.create_policy_version(PolicyArn=own, PolicyDocument=SOME, SetAsDefault=True)
    live.resolves("iam_policy_allows_privilege_escalation", own)


def test_a_policy_that_takes_every_role(live: Live) -> None:
    iam = live.client("iam")
    takes = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [takes]})
    made = iam.create_policy(PolicyName="takes", PolicyDocument=document)["Policy"]["Arn"]
    live.opens("iam_no_custom_policy_permissive_role_assumption", made)
    takes["Resource"] = f"arn:aws:iam::{live.account}:role/reader"
    document = json.dumps({"Version": "2012-10-17", "Statement": [takes]})
    iam.create_policy_version(PolicyArn=made, PolicyDocument=document, SetAsDefault=True)
    live.resolves("iam_no_custom_policy_permissive_role_assumption", made)


def test_passwords(live: Live) -> None:
    iam = live.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=8)
    live.opens("iam_password_policy_minimum_length_14", live.account)
    live.opens("iam_password_policy_reuse_24", live.account)
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    live.resolves("iam_password_policy_minimum_length_14", live.account)
    live.resolves("iam_password_policy_reuse_24", live.account)
