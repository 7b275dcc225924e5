"""The owner of the accounts makes exactly the documents, however often, and whatever stood there before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.demo.owner import RUNNER, make_documents, make_runner
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.documents import AccountDocuments, documents
from liveaudit.provision.installation import Account, Installation
from liveaudit.services import load
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
INSTALLATION = Installation(
    RECEIVER,
    tuple(Account(each, regions=("us-east-1",), external_id="word") for each in (RECEIVER, PUBLISHER)),
)


def standing(iam: Any, given: AccountDocuments) -> dict[str, Any]:
    """What stands of the roles of these documents, as the documents have it."""
    found = {}
    for role in given.roles:
        attached = iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]
        policies = {}
        for each in attached:
            version = iam.get_policy(PolicyArn=each["PolicyArn"])["Policy"]["DefaultVersionId"]
            answer = iam.get_policy_version(PolicyArn=each["PolicyArn"], VersionId=version)
            policies[each["PolicyName"]] = answer["PolicyVersion"]["Document"]
        inline = {
            name: iam.get_role_policy(RoleName=role.name, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role.name)["PolicyNames"]
        }
        trust = iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
        found[role.name] = {"trust": trust, "policies": policies, "inline": inline}
    return found


def wanted(given: AccountDocuments) -> dict[str, Any]:
    return {
        role.name: {
            "trust": role.trust,
            "policies": {each: given.policy(each).document for each in role.attached},
            "inline": {each.name: each.document for each in role.inline},
        }
        for role in given.roles
    }


def test_exactly_the_documents_are_made(lab: Lab) -> None:
    made = documents(INSTALLATION, *load())
    make_documents(lab.client, made)
    make_documents(lab.client, made)
    for each in made.accounts:
        assert standing(lab.client(each.account, "iam", "us-east-1"), each) == wanted(each)


def test_what_stood_before_is_set_right(lab: Lab) -> None:
    made = documents(INSTALLATION, *load())
    given = made.account(PUBLISHER)
    make_documents(lab.client, made)
    iam = lab.client(PUBLISHER, "iam", "us-east-1")
    statement = {"Effect": "Allow", "Action": "s3:GetBucketAcl", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = f"arn:aws:iam::{PUBLISHER}:policy/{names.EXECUTION_POLICY}"
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    iam.detach_role_policy(
        RoleName=names.AUDIT_ROLE, PolicyArn=f"arn:aws:iam::{PUBLISHER}:policy/{names.SETUP_POLICY}"
    )
    other = iam.create_policy(PolicyName="other", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=names.AUDIT_ROLE, PolicyArn=other)
    iam.put_role_policy(RoleName=names.FORWARDING_ROLE, PolicyName="more", PolicyDocument=document)
    trusting = {"Effect": "Allow", "Principal": {"AWS": RECEIVER}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=names.EXECUTION_ROLE,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusting]}),
    )
    assert standing(iam, given) != wanted(given)
    make_documents(lab.client, made)
    assert standing(iam, given) == wanted(given)


def test_the_runner_is_a_user_with_one_key(lab: Lab) -> None:
    made = documents(INSTALLATION, *load())
    make_documents(lab.client, made)
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    make_runner(iam, "aws", made.account(RECEIVER))
    key, _ = make_runner(iam, "aws", made.account(RECEIVER))
    (known,) = iam.list_access_keys(UserName=RUNNER)["AccessKeyMetadata"]
    assert known["AccessKeyId"] == key
    (attached,) = iam.list_attached_user_policies(UserName=RUNNER)["AttachedPolicies"]
    assert attached["PolicyName"] == names.RUNNER_POLICY
