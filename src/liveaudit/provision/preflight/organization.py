"""May the receiver run service-managed stack sets?

Sources: CloudFormation User Guide, "Activate trusted access for stack sets with AWS Organizations", "Register a
delegated administrator"; Organizations API reference, "ListDelegatedAdministrators".
"""

from __future__ import annotations

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision.installation import Installation, Rollout
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered

STACK_SETS_SERVICE = "member.org.stacksets.cloudformation.amazonaws.com"


async def check_organization(caller: Caller, installation: Installation) -> Check:
    """Trusted access, and the delegated administrator where the receiver is not the management account."""
    receiver, home = installation.receiver, installation.home
    if installation.rollout is not Rollout.SERVICE_MANAGED:
        return Check(receiver, None, Name.ORGANIZATION, Outcome.NOT_NEEDED)
    organization = installation.organization
    if organization is None:
        reason = "the rollout is service-managed, and no AWS organization is named"
        return Check(receiver, None, Name.ORGANIZATION, Outcome.FAILED, reason, "whoever keeps the settings")
    administrator = "whoever administers the AWS organization"
    delegated = organization.by_delegated_administrator
    try:
        params = {"CallAs": "DELEGATED_ADMIN"} if delegated else {}
        access = await caller.call(receiver, home, "cloudformation", "DescribeOrganizationsAccess", params)
        if access.get("Status") != "ENABLED":
            return Check(
                receiver,
                None,
                Name.ORGANIZATION,
                Outcome.FAILED,
                "CloudFormation stack sets have no trusted access to the organization",
                administrator,
                remedy.command("aws", "cloudformation", "activate-organizations-access"),
            )
        if delegated:
            answer = await caller.call(
                receiver,
                home,
                "organizations",
                "ListDelegatedAdministrators",
                {"ServicePrincipal": STACK_SETS_SERVICE},
            )
            if receiver not in {str(each.get("Id")) for each in answer.get("DelegatedAdministrators") or ()}:
                return Check(
                    receiver,
                    None,
                    Name.ORGANIZATION,
                    Outcome.FAILED,
                    f"{receiver} is no delegated administrator for stack sets",
                    administrator,
                    remedy.command(
                        *("aws", "organizations", "register-delegated-administrator"),
                        *("--service-principal", STACK_SETS_SERVICE, "--account-id", receiver),
                    ),
                )
    except AwsCallError as error:
        return Check(
            receiver,
            None,
            Name.ORGANIZATION,
            Outcome.UNKNOWN,
            unanswered(error),
            remedy.owner(installation, receiver),
            remedy.make_documents(receiver),
        )
    return Check(receiver, None, Name.ORGANIZATION, Outcome.OK)
