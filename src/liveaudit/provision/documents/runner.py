"""What the principal that runs liveaudit may do: enter the accounts as their audit roles, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from liveaudit.provision import names
from liveaudit.provision.documents.audit import role_arn
from liveaudit.provision.documents.fixes import fix_role_arn
from liveaudit.provision.documents.model import (
    ATTACHED_LIMIT,
    MANAGED_POLICY_LIMIT,
    DocumentTooLargeError,
    ManagedPolicy,
    Statement,
    size,
)
from liveaudit.provision.documents.security_hub import hub_role_arns
from liveaudit.provision.installation import Installation


def runner_policies(installation: Installation) -> tuple[ManagedPolicy, ...]:
    """The runner's policies: one that names every audit role, several where one is too small, none without roles.

    Where one would be too small and the organization is known, one that names the roles in any of its accounts.
    Raises DocumentTooLargeError.
    """
    roles = [role_arn(installation, each) for each in installation.accounts if not each.ambient]
    if installation.fix_role:
        roles += [fix_role_arn(installation, each) for each in installation.accounts]
    roles += [each for each in hub_role_arns(installation) if each not in roles]
    if not roles:
        return ()
    room = MANAGED_POLICY_LIMIT - size(_policy(1, ()).document)
    packed: list[list[str]] = [[]]
    left = room
    for role in roles:
        # quotes and a comma
        if (needed := len(role) + 3) > left:
            packed.append([])
            left = room
        packed[-1].append(role)
        left -= needed
    if len(packed) == 1:
        return (_policy(1, packed[0]),)
    organization = installation.organization
    anywhere = sorted({_anywhere(installation.partition, each) for each in roles})
    if organization is not None and organization.id:
        return (_policy(1, anywhere, organization.id),)
    if len(packed) > ATTACHED_LIMIT:
        raise DocumentTooLargeError(
            f"{len(roles):,} audit roles take {len(packed)} policies of the runner, AWS allows {ATTACHED_LIMIT}: "
            "name the organization in the settings, whose accounts can then be meant together"
        )
    return tuple(_policy(number, each) for number, each in enumerate(packed, 1))


def _policy(number: int, roles: Sequence[str], organization: str = "") -> ManagedPolicy:
    return ManagedPolicy(
        names.RUNNER_POLICY if number == 1 else f"{names.RUNNER_POLICY}-{number}",
        (
            Statement(
                "EnterAccounts",
                ("sts:AssumeRole",),
                tuple(roles),
                "liveaudit does everything in an account as that account's audit role; fixes, if they are on, as the role for these; findings, where each "
                "account's own Security Hub gets them, as the channel's role.",
                {"StringEquals": {"aws:ResourceOrgID": organization}} if organization else {},
            ),
        ),
        "Lets who runs liveaudit enter the audited accounts.",
    )


def _anywhere(partition: str, role_arn: str) -> str:
    return f"arn:{partition}:iam::*:{role_arn.split(':', 5)[5]}"
