"""The lists of actions: the reads are those of the enabled policies, a stack's are those of the registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveaudit.model import Severity, Verdict, passed
from liveaudit.policies.policy import PolicyRegistry, policy
from liveaudit.provision import names
from liveaudit.provision.actions import actions_of, read_actions
from liveaudit.provision.documents import AccountDocuments, DocumentTooLargeError, documents, member_documents
from liveaudit.provision.documents.as_cloudformation import template
from liveaudit.provision.documents.audit import read_policies
from liveaudit.provision.documents.model import ATTACHED_LIMIT, MANAGED_POLICY_LIMIT, size
from liveaudit.provision.documents.receiver import TEMPLATE_TYPES
from liveaudit.provision.documents.runner import runner_policies
from liveaudit.provision.documents.stacks import ORIGINAL_STACK_ACTIONS, STACK_ACTIONS
from liveaudit.provision.installation import Account, Installation, Organization, RoleMaker, SetupError
from liveaudit.provision.patterns import make_rules
from liveaudit.provision.templates import publisher_template, receiver_template
from liveaudit.services import load
from tests.support import iam_table
from tests.support.installations import BANK, MANAGEMENT, RECEIVER, SHOP, installation, variants

CATALOG, POLICIES = load()
_FOR_PROPERTIES_NOT_SET = {
    *("sqs:TagQueue", "sqs:UntagQueue", "iam:TagRole", "iam:UntagRole"),
    *("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
    *("iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
}
_STACKS = {*STACK_ACTIONS, *ORIGINAL_STACK_ACTIONS, "cloudformation:ListStacks"}


def audit_reads(account: AccountDocuments) -> set[str]:
    return {
        action
        for each in account.policies
        if each.name.startswith(names.AUDIT_POLICY)
        for action in each.actions()
    }


def test_the_audit_role_reads_what_the_enabled_policies_need_and_no_more() -> None:
    made = documents(installation(), CATALOG, POLICIES)
    wanted = {action for each in read_actions(CATALOG, POLICIES).values() for action in each}
    for account in made.accounts:
        assert audit_reads(account) == wanted
        assert wanted <= account.allowed(names.AUDIT_ROLE)


@pytest.mark.parametrize("service", sorted(CATALOG.services))
def test_a_service_that_is_not_watched_is_not_read(service: str) -> None:
    others = tuple(sorted(CATALOG.services.keys() - {service}))
    made = documents(replace(installation(), services=others), CATALOG, POLICIES).account(SHOP)
    by_service = read_actions(CATALOG, POLICIES)
    assert audit_reads(made) == {action for each in others for action in by_service[each]}
    # but where another service's policies read it: a function's role, the organization that an account is in
    client = CATALOG.services[service].client
    lends = any(
        (section.call is not None and section.call.client == client)
        or (section.reference is not None and CATALOG.types[section.reference.type].service == service)
        for each in CATALOG
        if each.service != service
        for section in each.sections.values()
    )
    assert lends or not any(each.startswith(f"{service}:") for each in audit_reads(made))


def test_a_policy_that_is_not_enabled_is_not_read_for() -> None:
    def judge(acl: object) -> Verdict:
        return passed()

    few = PolicyRegistry()
    policy(CATALOG.types["AWS::S3::Bucket"], "one", Severity.LOW, title="", why="", fix="", registry=few)(
        judge
    )
    reads = read_actions(CATALOG, few, ("s3",))["s3"]
    assert "s3:GetBucketAcl" in reads
    assert "s3:ListAllMyBuckets" in reads
    assert not {"s3:GetBucketCORS", "s3:GetEncryptionConfiguration"} & set(reads)


def test_every_read_of_the_catalog_has_an_action_that_exists() -> None:
    for resource_type in CATALOG:
        for section in resource_type.sections.values():
            if section.call is not None:
                for action in actions_of(section.call.client, section.call.operation):
                    assert iam_table.exists(action), f"{section.call.operation} needs {action}?"


def test_reads_are_packed_by_service_and_cut_where_one_is_too_long() -> None:
    given = {
        "aaa": [f"aaa:GetSomethingOfLength{number:04}" for number in range(30)],
        "bbb": [f"bbb:GetSomethingOfLength{number:04}" for number in range(500)],
        "ccc": ["ccc:GetOne"],
    }
    made = read_policies(given)
    assert [each.name for each in made] == [f"liveaudit-audit-{number}" for number in range(1, len(made) + 1)]
    assert all(size(each.document) <= MANAGED_POLICY_LIMIT for each in made)
    assert sorted(action for each in made for one in each.statements for action in one.actions) == sorted(
        action for each in given.values() for action in each
    )
    assert made[0].statements[0].sid == "ReadAaa"
    assert any(one.sid == "ReadBbb3" for each in made for one in each.statements)
    assert read_policies({}) == ()


def test_what_fits_into_no_policy_is_told() -> None:
    with pytest.raises(DocumentTooLargeError, match="longer than a whole policy"):
        read_policies({"aaa": ["aaa:" + "x" * MANAGED_POLICY_LIMIT]})


def test_too_many_policies_for_one_role_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {
        f"svc{number}": tuple(f"svc{number}:Get{n:04}{'x' * 60}" for n in range(75)) for number in range(11)
    }
    monkeypatch.setattr("liveaudit.provision.documents.assemble.read_actions", lambda *_: many)
    with pytest.raises(
        DocumentTooLargeError, match=f"{RECEIVER}: role MVC_for_AWS_role has 15 .* 10.*services"
    ):
        documents(installation(), CATALOG, POLICIES)


def execution(kind: str, account: str) -> set[str]:
    return set(
        documents(variants()[kind], CATALOG, POLICIES)
        .account(account)
        .policy(names.EXECUTION_POLICY)
        .actions()
    )


@pytest.mark.parametrize(
    ("kind", "account", "types"),
    [
        ("usual", RECEIVER, ("AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy")),
        ("usual", SHOP, ("AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy")),
        (
            "roles by stack set",
            SHOP,
            ("AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::IAM::Role"),
        ),
    ],
)
def test_stacks_may_do_what_the_registry_says_they_need_and_no_more(
    kind: str, account: str, types: tuple[str, ...]
) -> None:
    needed = frozenset[str]().union(*(iam_table.handlers(each) for each in types)) - _FOR_PROPERTIES_NOT_SET
    # a rule that sends to a queue of its own account passes no role on
    needed -= {"iam:PassRole"} if account == RECEIVER else set()
    assert execution(kind, account) == needed | _STACKS


def test_stack_sets_may_have_the_types_that_the_templates_have() -> None:
    managed = variants()["service-managed"]
    rules = make_rules(CATALOG)
    bodies = (
        receiver_template(managed, rules),
        publisher_template(managed, rules),
        template(member_documents(managed, CATALOG, POLICIES)).body(),
    )
    types = {each["Type"].replace("::", "-") for body in bodies for each in body["Resources"].values()}
    assert types == set(TEMPLATE_TYPES)


def test_who_makes_the_forwarding_role() -> None:
    owner = documents(variants()["usual"], CATALOG, POLICIES)
    assert names.FORWARDING_ROLE in {each.name for each in owner.account(SHOP).roles}
    assert names.FORWARDING_ROLE not in {each.name for each in owner.account(RECEIVER).roles}
    stack_set = documents(variants()["roles by stack set"], CATALOG, POLICIES)
    assert names.FORWARDING_ROLE not in {each.name for each in stack_set.account(SHOP).roles}


def test_what_the_stack_makes_is_bounded() -> None:
    made = documents(variants()["roles by stack set"], CATALOG, POLICIES).account(SHOP)
    boundary = made.policy(names.FORWARDING_BOUNDARY)
    assert boundary.actions() == {"events:PutEvents"}
    (making,) = (
        each for each in made.policy(names.EXECUTION_POLICY).statements if "iam:CreateRole" in each.actions
    )
    arn = f"arn:aws:iam::{SHOP}:policy/{names.FORWARDING_BOUNDARY}"
    assert making.condition == {"StringEquals": {"iam:PermissionsBoundary": arn}}
    receiver = documents(variants()["roles by stack set"], CATALOG, POLICIES).account(RECEIVER)
    assert names.FORWARDING_BOUNDARY not in {each.name for each in receiver.policies}


def test_the_direct_way_sends_to_the_queue() -> None:
    direct = documents(variants()["direct"], CATALOG, POLICIES).account(SHOP)
    (policy_,) = direct.role(names.FORWARDING_ROLE).inline
    assert policy_.statements[0].actions == ("sqs:SendMessage",)
    assert policy_.statements[0].resources == (f"arn:aws:sqs:*:{RECEIVER}:nrt-events",)


def test_regions_that_have_to_be_enabled_have_a_service_of_their_own() -> None:
    role = documents(installation(), CATALOG, POLICIES).account(RECEIVER).role(names.ADMINISTRATION_ROLE)
    assert role.trusts[0].principals == (
        "cloudformation.amazonaws.com",
        "cloudformation.eu-south-1.amazonaws.com",
    )
    china = documents(installation("aws-cn"), CATALOG, POLICIES).account(RECEIVER)
    assert china.role(names.ADMINISTRATION_ROLE).trusts[0].principals == ("cloudformation.amazonaws.com",)


def test_service_managed_members_have_nothing_to_make() -> None:
    managed = variants()["service-managed"]
    made = documents(managed, CATALOG, POLICIES)
    assert [each.account for each in made.accounts] == [RECEIVER, MANAGEMENT]
    assert "management account" in made.account(MANAGEMENT).parts
    assert "cloudformation:CreateStack" in made.account(MANAGEMENT).allowed(names.AUDIT_ROLE)
    assert names.EXECUTION_ROLE not in {each.name for each in made.account(MANAGEMENT).roles}
    with pytest.raises(SetupError, match=f"{BANK}: nothing is to be made"):
        made.account(BANK)
    member = member_documents(managed, CATALOG, POLICIES)
    assert member.allowed(names.AUDIT_ROLE) <= made.account(MANAGEMENT).allowed(names.AUDIT_ROLE)


def test_members_that_differ_cannot_be_made_by_one_template() -> None:
    managed = variants()["service-managed"]
    odd = tuple(replace(each, external_id="other") if each.id == BANK else each for each in managed.accounts)
    with pytest.raises(SetupError, match="one external_id"):
        member_documents(replace(managed, accounts=odd), CATALOG, POLICIES)


def test_the_external_id_is_asked_for_where_a_third_party_could_stand() -> None:
    bare = tuple(replace(each, external_id="") for each in installation().accounts)
    with pytest.raises(SetupError, match=f"{SHOP}: external_id is missing"):
        documents(replace(installation(), accounts=bare), CATALOG, POLICIES)
    alone = Installation(RECEIVER, bare[:1])
    (trust,) = documents(alone, CATALOG, POLICIES).account(RECEIVER).role(names.AUDIT_ROLE).trusts
    assert trust.principals == (f"arn:aws:iam::{RECEIVER}:root",)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::555555555555:assumed-role/x/y",
        "arn:aws:iam::5:role/x",
        "555555555555",
        "arn:aws:iam::555555555555:group/x",
    ],
)
def test_a_runner_that_cannot_be_trusted_is_refused(arn: str) -> None:
    with pytest.raises(SetupError, match=r"runner: .*cannot be trusted"):
        documents(replace(installation(), runner=arn), CATALOG, POLICIES)


def test_a_runner_elsewhere_has_its_policy_there() -> None:
    made = documents(variants()["runner elsewhere"], CATALOG, POLICIES)
    elsewhere = made.account("555555555555")
    assert elsewhere.parts == ("runner",)
    assert elsewhere.steps == ("Attach liveaudit-runner to arn:aws:iam::555555555555:role/ci/liveaudit.",)
    (trust,) = made.account(SHOP).role(names.AUDIT_ROLE).trusts
    assert trust.condition["ArnEquals"] == {"aws:PrincipalArn": "arn:aws:iam::555555555555:role/ci/liveaudit"}
    assert not made.account(RECEIVER).steps


def test_an_audit_role_of_another_name_and_path() -> None:
    arn = f"arn:aws:iam::{SHOP}:role/security/Auditor"
    accounts = tuple(
        replace(each, audit_role_arn=arn) if each.id == SHOP else each for each in installation().accounts
    )
    made = documents(replace(installation(), accounts=accounts), CATALOG, POLICIES)
    assert made.account(SHOP).role("Auditor").path == "/security/"
    (runner,) = (each for each in made.account(RECEIVER).policies if each.name == names.RUNNER_POLICY)
    assert arn in runner.statements[0].resources
    stranger = tuple(replace(each, audit_role_arn=arn) for each in installation().accounts)
    with pytest.raises(SetupError, match="no role of this account"):
        documents(replace(installation(), accounts=stranger), CATALOG, POLICIES)


def test_where_no_role_is_assumed_the_policies_are_the_runners() -> None:
    accounts = tuple(replace(each, ambient=each.id == RECEIVER) for each in installation().accounts)
    made = documents(replace(installation(), accounts=accounts), CATALOG, POLICIES).account(RECEIVER)
    assert names.AUDIT_ROLE not in {each.name for each in made.roles}
    audit = [each.name for each in made.policies if each.name.startswith("liveaudit-audit")]
    attached = ", ".join([*audit, "liveaudit-setup", "liveaudit-event-history", "MVC_NrtConfigAuditReceiver"])
    assert audit
    assert made.steps[0].startswith(f"Attach {attached}")
    assert f"arn:aws:iam::{RECEIVER}:role/{names.AUDIT_ROLE}" not in str(
        [each.document for each in made.policies]
    )
    alone = Installation(RECEIVER, accounts[:1])
    assert runner_policies(alone) == ()


def many(number: int) -> Installation:
    return Installation("100000000000", tuple(Account(str(100000000000 + each)) for each in range(number)))


def test_the_runner_enters_the_audit_roles_and_nothing_else() -> None:
    (one,) = runner_policies(installation())
    assert one.actions() == {"sts:AssumeRole"}
    assert one.statements[0].resources == tuple(
        f"arn:aws:iam::{each}:role/MVC_for_AWS_role" for each in (RECEIVER, SHOP, BANK)
    )


def test_many_audit_roles_take_several_policies_or_the_organization() -> None:
    several = runner_policies(many(300))
    assert [each.name for each in several] == ["liveaudit-runner", "liveaudit-runner-2", "liveaudit-runner-3"]
    assert all(size(each.document) <= MANAGED_POLICY_LIMIT for each in several)
    assert sum(len(each.statements[0].resources) for each in several) == 300
    (one,) = runner_policies(replace(many(2000), organization=Organization("o-exampleorg1")))
    assert one.statements[0].resources == ("arn:aws:iam::*:role/MVC_for_AWS_role",)
    assert one.statements[0].condition == {"StringEquals": {"aws:ResourceOrgID": "o-exampleorg1"}}
    with pytest.raises(DocumentTooLargeError, match=f"AWS allows {ATTACHED_LIMIT}: name the organization"):
        runner_policies(many(2000))


def test_a_role_made_by_the_stack_set_is_made_by_no_owner() -> None:
    usual = variants()["usual"]
    assert replace(usual, forwarding_role=RoleMaker.STACK_SET) == variants()["roles by stack set"]
    assert not any(each.startswith("iam:Create") for each in execution("usual", SHOP))
    assert "iam:CreateRole" in execution("roles by stack set", SHOP)
