"""The policies of an organization, judged in its management account."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.policy import Context
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.services.organizations.resources import account


@rule(
    account,
    "organizations_delegated_administrators",
    Severity.CRITICAL,
    title="Only known accounts administer services for the organization",
    why="A delegated administrator changes a service in every account of the organization, as the management account would.",
    fix="Deregister the account, or enter it as trusted if it is meant to administer.",
)
def administrators_are_known(
    organization: Any, delegated_administrators: Any, resource: Resource, context: Context
) -> Verdict:
    """CIS 7.0 2.1.5, 2.1.6; Organizations user guide, "Delegated administrator for AWS services"."""
    if organization is None:
        return not_applicable("the account is in no organization")
    if mapping(organization, "the organization").get("MasterAccountId") != resource.account:
        return not_applicable("only the organization's management account is asked")
    if delegated_administrators is None:
        return unknown("Organizations does not tell who is delegated")
    known = context.own_accounts | context.trusted_accounts
    found = mappings(delegated_administrators, "the delegated administrators")
    strange = [each for each in found if text(each.get("Id"), "Id") not in known]
    if strange:
        return failed(
            "accounts that are not known administer services for the organization",
            DelegatedAdministrators=[{"Id": each.get("Id"), "Name": each.get("Name")} for each in strange],
        )
    return passed(
        f"all {len(found)} delegated administrator(s) are known" if found else "nobody is delegated"
    )


@rule(
    account,
    "organizations_account_part_of_organizations",
    Severity.MEDIUM,
    title="The account is in an organization",
    why="An account by itself has no guardrails from above, and nobody sees what becomes of it.",
    fix="Invite the account into the organization, and accept the invitation.",
)
def is_in_an_organization(organization: Any) -> Verdict:
    """Organizations API reference, DescribeOrganization."""
    if organization is None:
        return failed("the account is in no organization", Organization=None)
    return passed(f"the account is in {text(mapping(organization, 'the organization').get('Id'), 'Id')}")
