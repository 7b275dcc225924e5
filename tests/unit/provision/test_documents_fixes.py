"""The role of fixes: only where they are on, with the calls of the fixes and nothing else."""

from __future__ import annotations

from dataclasses import replace

from liveaudit.provision import names
from liveaudit.provision.documents import documents, member_documents
from liveaudit.provision.documents.fixes import fix_policy
from liveaudit.provision.documents.model import MANAGED_POLICY_LIMIT, size
from liveaudit.provision.installation import Organization, Rollout
from liveaudit.services import load
from tests.support import iam_table
from tests.support.installations import SHOP, installation

CATALOG, POLICIES = load()
ROLE = "mends"


def test_there_is_none_as_long_as_fixes_are_off() -> None:
    for account in documents(installation(), CATALOG, POLICIES).accounts:
        assert names.FIX_POLICY not in {each.name for each in account.policies}


def test_every_account_has_the_role_with_the_trust_of_the_audit_role() -> None:
    made = documents(replace(installation(), fix_role=ROLE), CATALOG, POLICIES)
    for account in made.accounts:
        assert account.allowed(ROLE) == fix_policy().actions()
        assert account.role(ROLE).trust == account.role(names.AUDIT_ROLE).trust
    runner = made.accounts[0].policy(names.RUNNER_POLICY)
    assert f"arn:aws:iam::{SHOP}:role/{ROLE}" in runner.statements[0].resources


def test_members_of_the_organization_get_it_with_the_others() -> None:
    given = replace(
        installation(),
        fix_role=ROLE,
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization("o-exampleorg1", "333333333333"),
    )
    assert member_documents(given, CATALOG, POLICIES).allowed(ROLE) == fix_policy().actions()


def test_it_may_do_what_there_is_and_reads_nothing() -> None:
    actions = fix_policy().actions()
    assert [each for each in sorted(actions) if not iam_table.exists(each)] == []
    reading = ("Get", "List", "Describe")
    assert [each for each in sorted(actions) if each.partition(":")[2].startswith(reading)] == []
    assert size(fix_policy().document) <= MANAGED_POLICY_LIMIT
