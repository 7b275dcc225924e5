"""The documents, of every kind of installation in every partition, against what IAM knows and against our own judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from liveaudit.policies.documents import (
    external_accounts_without_external_id,
    is_administrator,
    parse,
    privilege_escalations,
    service_trust_without_source,
    trust_allows_anyone,
)
from liveaudit.provision import names
from liveaudit.provision.documents import (
    AccountDocuments,
    ManagedPolicy,
    Statement,
    documents,
    member_documents,
)
from liveaudit.provision.documents.model import ANY_ACCOUNT, size
from liveaudit.provision.installation import Installation, Rollout
from liveaudit.services import load
from tests.support import iam_table
from tests.support.installations import REGIONS, variants

CATALOG, POLICIES = load()
CASES = [
    pytest.param(each, id=f"{partition} {name}")
    for partition in REGIONS
    for name, each in variants(partition).items()
]
_DESCRIPTION = re.compile(r"[\x20-\x7e]{10,1000}")
_ON_EVERYTHING = {
    "organizations:DescribeOrganization",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
}
"""Actions that have resource types and are on ``*`` all the same, beside the reads of the audit: ids not known here."""


@lru_cache
def all_documents(installation: Installation) -> tuple[AccountDocuments, ...]:
    made = documents(installation, CATALOG, POLICIES).accounts
    if installation.rollout is Rollout.SERVICE_MANAGED:
        return (*made, member_documents(installation, CATALOG, POLICIES))
    return made


def all_policies(installation: Installation) -> Iterator[ManagedPolicy]:
    for account in all_documents(installation):
        yield from account.policies
        for role in account.roles:
            yield from role.inline


def all_statements(installation: Installation) -> Iterator[tuple[ManagedPolicy, Statement]]:
    for policy in all_policies(installation):
        for statement in policy.statements:
            yield policy, statement


def resources(statement: Statement) -> list[str]:
    return [each.replace(ANY_ACCOUNT, "666666666666") for each in statement.resources]


@pytest.mark.parametrize("installation", CASES)
def test_every_action_exists_and_none_is_a_pattern(installation: Installation) -> None:
    for policy, statement in all_statements(installation):
        for action in statement.actions:
            assert "*" not in action
            assert iam_table.exists(action), f"{policy.name}: {action}"


@pytest.mark.parametrize("installation", CASES)
def test_resources_are_of_the_forms_that_the_actions_take(installation: Installation) -> None:
    for policy, statement in all_statements(installation):
        for action in statement.actions:
            fitting = [each for each in resources(statement) if iam_table.fits(action, each)]
            assert fitting, f"{policy.name}: {action} on {statement.resources}"
            if "*" in statement.resources and iam_table.resource_types(action):
                whatever = policy.name.startswith((names.AUDIT_POLICY, names.FIX_POLICY))
                assert whatever or action in _ON_EVERYTHING, f"{policy.name}: {action} on everything"


@pytest.mark.parametrize("installation", CASES)
def test_every_resource_is_one_that_some_action_takes(installation: Installation) -> None:
    for policy, statement in all_statements(installation):
        for resource in resources(statement):
            assert any(iam_table.fits(action, resource) for action in statement.actions), (
                f"{policy.name}: {resource}"
            )


@pytest.mark.parametrize("installation", CASES)
def test_condition_keys_exist_for_the_actions(installation: Installation) -> None:
    for policy, statement in all_statements(installation):
        for action in statement.actions:
            for keys in statement.condition.values():
                for key in keys:
                    assert iam_table.has_key(action, key), f"{policy.name}: {key} with {action}"
    for account in all_documents(installation):
        for role in account.roles:
            for trust in role.trusts:
                for keys in trust.condition.values():
                    assert all(iam_table.has_key("sts:AssumeRole", key) for key in keys)


@pytest.mark.parametrize("installation", CASES)
def test_everything_has_a_reason_and_a_name_of_its_own(installation: Installation) -> None:
    for account in all_documents(installation):
        made = [(each.name, each.why) for each in account.policies]
        made += [(each.name, each.why) for each in account.roles]
        assert len(dict(made)) == len(made)
        assert all(_DESCRIPTION.fullmatch(why) for _, why in made)
        for policy in account.policies:
            sids = [each.sid for each in policy.statements]
            assert len(set(sids)) == len(sids)
            assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
        assert all(each.why for role in account.roles for each in role.trusts)
    assert all(statement.why for _, statement in all_statements(installation))


@pytest.mark.parametrize("installation", CASES)
def test_no_role_lets_a_stranger_in(installation: Installation) -> None:
    """Our own judge, which fails what others leave open, passes what we print."""
    for account in all_documents(installation):
        inside = frozenset({account.account, *(each.id for each in installation.accounts)})
        for role in account.roles:
            trust = parse(role.trust)
            assert not trust_allows_anyone(trust)
            assert not service_trust_without_source(trust)
            if role.name == names.AUDIT_ROLE:
                others = frozenset({account.account})
                assert not external_accounts_without_external_id(trust, others)
            if role.name == names.EXECUTION_ROLE:
                administration = names.role_arn(
                    installation.partition, installation.receiver, names.ADMINISTRATION_ROLE
                )
                assert role.trusts[0].condition == {"ArnEquals": {"aws:PrincipalArn": administration}}
                assert not external_accounts_without_external_id(trust, inside)


@pytest.mark.parametrize("installation", CASES)
def test_no_policy_is_a_way_to_more(installation: Installation) -> None:
    for policy in all_policies(installation):
        document = parse(policy.document)
        assert not is_administrator(document), policy.name
        assert not privilege_escalations([document]), policy.name


@pytest.mark.parametrize("installation", CASES)
def test_what_reads_only_reads(installation: Installation) -> None:
    """But for the hello, which is the set-up's own event, and a look at dead letters, which hides them for seconds."""
    # API Gateway's actions are the HTTP methods
    reading = ("Describe", "GET", "Generate", "Get", "List", "Lookup", "Simulate")
    for policy in all_policies(installation):
        if not policy.name.startswith((names.AUDIT_POLICY, names.SETUP_POLICY, names.EVENT_HISTORY_POLICY)):
            continue
        changing = {
            action
            for action in policy.actions()
            if not action.partition(":")[2].removeprefix("Batch").startswith(reading)
        }
        proof = {"events:PutEvents", "sqs:ReceiveMessage"}
        assert changing <= (proof if policy.name == names.SETUP_POLICY else set())


@pytest.mark.parametrize("installation", CASES)
def test_arns_are_of_the_partition(installation: Installation) -> None:
    for account in all_documents(installation):
        text = str([each.document for each in account.policies]) + str(
            [(each.trust, [one.document for one in each.inline]) for each in account.roles]
        )
        assert set(re.findall(r"arn:([a-z-]+):", text)) == {installation.partition}


def test_size_counts_as_iam_counts() -> None:
    assert size({"Version": "a b", "Statement": ["é"]}) == len('{"Version":"a b","Statement":["é"]}')
