"""The role that runs fixes, where they are switched on: exactly the calls of the fixes and of their undo."""

from __future__ import annotations

import re

from liveaudit.fix.table import FIXES
from liveaudit.provision import names
from liveaudit.provision.actions import actions_of
from liveaudit.provision.documents.audit import runner_trust
from liveaudit.provision.documents.model import ManagedPolicy, Role, Statement
from liveaudit.provision.installation import Account, Installation


def fix_role_arn(installation: Installation, account: Account) -> str:
    """The ARN of the role that runs fixes in an account."""
    return names.role_arn(installation.partition, account.id, installation.fix_role)


def fix_policy() -> ManagedPolicy:
    """What the role may do: a statement for each service."""
    needed: dict[str, set[str]] = {}
    for fix in FIXES.values():
        for client, operation in fix.operations:
            for action in actions_of(client, operation):
                needed.setdefault(action.partition(":")[0], set()).add(action)
    statements = tuple(
        Statement(
            "Fix" + "".join(part.capitalize() for part in re.findall(r"[a-z0-9]+", service)),
            tuple(sorted(actions, key=str.lower)),
            ("*",),
            f"The fixes of {service} and what takes them back, whatever resources there are.",
        )
        for service, actions in sorted(needed.items())
    )
    return ManagedPolicy(
        names.FIX_POLICY, statements, "Calls of liveaudit's fixes, made from their table; it reads nothing."
    )


def fix_role(installation: Installation, account: Account) -> Role:
    """The role of ``account``. Raises SetupError where a third party could stand in for who runs liveaudit."""
    return Role(
        installation.fix_role,
        (runner_trust(installation, account),),
        "Runs the fixes that people or rules of the settings ask for.",
        attached=(names.FIX_POLICY,),
    )
