"""Can the role that runs fixes be assumed, where fixes are on? It is, and let go of at once.

STS answers alike for a role that is not there, a trust that does not name the caller, another external id, and a caller who may not
assume it. Source: STS API reference, "AssumeRole".
"""

from __future__ import annotations

from liveaudit.aws.caller import AMBIENT, SESSION_NAME, Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.documents.fixes import fix_role_arn
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered
from liveaudit.provision.preflight.enter import Runner


async def check_fixes(
    caller: Caller, installation: Installation, account: Account, runner: Runner, *, by_stack_set: bool
) -> Check:
    """Whether who runs liveaudit can become the role of fixes in ``account``. ``by_stack_set``: setup apply brings it."""
    if not installation.fix_role:
        return Check(account.id, None, Name.FIXES, Outcome.NOT_NEEDED)
    role = fix_role_arn(installation, account)
    params = {"RoleArn": role, "RoleSessionName": SESSION_NAME}
    if account.external_id:
        params["ExternalId"] = account.external_id
    try:
        await caller.call(AMBIENT, installation.home, "sts", "AssumeRole", params)
    except AwsCallError as error:
        if error.kind is not Kind.DENIED:
            return Check(account.id, None, Name.FIXES, Outcome.UNKNOWN, unanswered(error))
        reason = (
            f"AssumeRole on {role} was denied, and AWS does not say which of these it is: there is no such role; its trust does "
            f"not name {runner.principal}; it asks for another external id; {runner.principal} may not sts:AssumeRole on it"
        )
        if by_stack_set:
            reason = f"not there yet: setup apply brings it by stack set ({reason})"
            return Check(account.id, None, Name.FIXES, Outcome.WARNING, reason)
        who, command = remedy.owner(installation, account.id), remedy.make_documents(account.id)
        return Check(account.id, None, Name.FIXES, Outcome.FAILED, reason, who, command)
    return Check(account.id, None, Name.FIXES, Outcome.OK, "assumed")
