"""Drift of what no stack of ours makes: the forwarding roles that the accounts' owners made.

Judged by what they must let happen, as in the preflight: an owner may write a document in another way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision import names
from liveaudit.provision.desired import Target
from liveaudit.provision.documents import AccountDocuments, Documents
from liveaudit.provision.drifts import Drift, Drifts, Mend, Unread
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight.check import Name, Outcome
from liveaudit.provision.preflight.held import holdings
from liveaudit.provision.preflight.permissions import May, Simulator
from liveaudit.provision.preflight.roles import check_role

_RESOURCE = f"role {names.FORWARDING_ROLE}"


async def drifted_roles(
    caller: Caller, installation: Installation, documents: Documents, only: Iterable[Target] = ()
) -> Drifts:
    """Look at the forwarding roles that owners make. ``only``: accounts and regions to look at, all if none."""
    wanted = {account for account, _ in only}
    drifts = Drifts()
    await asyncio.gather(
        *(
            _look(caller, installation, made, drifts)
            for made in documents.accounts
            if (not wanted or made.account in wanted)
            and any(role.name == names.FORWARDING_ROLE for role in made.roles)
        )
    )
    drifts.found.sort()
    drifts.unread.sort()
    return drifts


async def _look(caller: Caller, installation: Installation, made: AccountDocuments, drifts: Drifts) -> None:
    account, region = made.account, installation.home
    role = made.role(names.FORWARDING_ROLE)
    check = await check_role(caller, installation, account, Name.FORWARDING, role)
    if check.outcome is Outcome.FAILED:
        drifts.found.append(Drift(account, region, _RESOURCE, check.reason, mend=Mend.OWNER))
        return
    if check.outcome is Outcome.UNKNOWN:
        drifts.unread.append(Unread(account, region, _RESOURCE, check.reason))
    for holding in holdings(made, installation, audit_role=""):
        if holding.name is not Name.FORWARDING_PERMISSIONS:
            continue
        found = await Simulator(caller, installation).ask(account, holding.role, holding.statements)
        if isinstance(found, AwsCallError):
            drifts.unread.append(Unread(account, region, f"{_RESOURCE}: its permissions", str(found)))
            continue
        for each in found:
            if each.may is May.NO:
                why = f" ({each.why})" if each.why else ""
                drifts.found.append(
                    Drift(account, region, _RESOURCE, f"may not {each.action} any more{why}", mend=Mend.OWNER)
                )
            elif each.may is May.UNTOLD:
                drifts.unread.append(Unread(account, region, f"{_RESOURCE}: {each.action}", each.why))
