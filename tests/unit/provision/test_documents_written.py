"""The documents written for CloudFormation and Terraform are the documents."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.api import lint_all

from liveaudit.provision.documents import (
    AccountDocuments,
    ManagedPolicy,
    Role,
    Statement,
    Trust,
    documents,
    member_documents,
)
from liveaudit.provision.documents.as_cloudformation import template
from liveaudit.provision.documents.as_terraform import configuration
from liveaudit.services import load
from tests.support.installations import MANAGEMENT, RECEIVER, SHOP, variants
from tests.support.terraform import parse

CATALOG, POLICIES = load()
TEXT = 'x" }\n${file("/etc/passwd")} %{ if true } ${AWS::Region} \u202e'
HOSTILE = AccountDocuments(
    SHOP,
    TEXT,
    (TEXT,),
    (ManagedPolicy("a b", (Statement("S", ("s3:GetBucketAcl",), (TEXT,), ""),), TEXT),),
    (
        Role(
            "a-b",
            (Trust("T", "AWS", (TEXT,), {"StringEquals": {"sts:ExternalId": TEXT}}, ""),),
            TEXT,
            attached=("a b",),
            inline=(ManagedPolicy("a_b", (), TEXT),),
        ),
    ),
)


def chosen() -> list[Any]:
    given = variants()
    return [
        pytest.param(documents(given[kind], CATALOG, POLICIES).account(account), id=f"{kind} {account}")
        for kind, account in (
            ("usual", RECEIVER),
            ("roles by stack set", SHOP),
            ("direct", SHOP),
            ("runner elsewhere", "555555555555"),
            ("service-managed", MANAGEMENT),
        )
    ]


@pytest.mark.parametrize("given", chosen())
def test_a_template_passes_cfn_lint_and_holds_the_documents(given: AccountDocuments) -> None:
    made = template(given)
    assert [str(each) for each in lint_all(made.text()) if not each.rule.id.startswith("I")] == []
    resources = made.body()["Resources"].values()
    policies = {
        each["Properties"]["ManagedPolicyName"]: each["Properties"]
        for each in resources
        if each["Type"] == "AWS::IAM::ManagedPolicy"
    }
    roles = {
        each["Properties"]["RoleName"]: each["Properties"]
        for each in resources
        if each["Type"] == "AWS::IAM::Role"
    }
    assert {name: each["PolicyDocument"] for name, each in policies.items()} == {
        each.name: each.document for each in given.policies
    }
    assert {name: each["AssumeRolePolicyDocument"] for name, each in roles.items()} == {
        each.name: each.trust for each in given.roles
    }
    for role in given.roles:
        attached = [
            made.body()["Resources"][each["Ref"]]["Properties"]["ManagedPolicyName"]
            for each in roles[role.name].get("ManagedPolicyArns", ())
        ]
        assert tuple(attached) == role.attached


def test_the_members_template_serves_every_account() -> None:
    made = template(member_documents(variants()["service-managed"], CATALOG, POLICIES))
    assert [str(each) for each in lint_all(made.text()) if not each.rule.id.startswith("I")] == []
    assert "Fn::Sub" in made.text()


def test_only_the_members_template_substitutes() -> None:
    assert "Fn::Sub" not in template(HOSTILE).text()


@pytest.mark.parametrize("given", [*chosen()[:2], pytest.param(HOSTILE, id="hostile")])
def test_terraform_makes_the_documents(given: AccountDocuments) -> None:
    made = parse(configuration(given, "us-east-1"))
    found: dict[str, dict[str, Any]] = {}
    for each in made["resource"]:
        for kind, named in each.items():
            assert not found.setdefault(kind, {}).keys() & named.keys()
            found[kind].update(named)
    policies = {each["name"]: each for each in found["aws_iam_policy"].values()}
    roles = {each["name"]: each for each in found["aws_iam_role"].values()}
    assert {name: each["policy"] for name, each in policies.items()} == {
        each.name: each.document for each in given.policies
    }
    assert {name: each["assume_role_policy"] for name, each in roles.items()} == {
        each.name: each.trust for each in given.roles
    }
    assert {each["description"] for each in policies.values()} == {each.why for each in given.policies}
    own = {
        (each["role"], each["name"]): each["policy"] for each in found.get("aws_iam_role_policy", {}).values()
    }
    names_of = {
        f"${{aws_iam_role.{name}.name}}": each["name"] for name, each in found["aws_iam_role"].items()
    } | {f"${{aws_iam_policy.{name}.arn}}": each["name"] for name, each in found["aws_iam_policy"].items()}
    assert {(names_of[role], name): policy for (role, name), policy in own.items()} == {
        (role.name, each.name): each.document for role in given.roles for each in role.inline
    }
    attached = {
        (names_of[each["role"]], names_of[each["policy_arn"]])
        for each in found["aws_iam_role_policy_attachment"].values()
    }
    assert attached == {(role.name, each) for role in given.roles for each in role.attached}
    assert made["provider"][0]["aws"]["allowed_account_ids"] == [given.account]
