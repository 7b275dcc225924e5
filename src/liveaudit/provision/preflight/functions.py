"""May the functions be invoked that decide policies of one's own? Each is asked by a dry run, which runs nothing.

Source: Lambda API reference, "Invoke": with the invocation type DryRun, the parameters and the caller's permission are looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.documents.functions import account_of
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered, worst

_MISSING = "ResourceNotFoundException"


async def check_functions(
    caller: Caller, installation: Installation, account: str, functions: Sequence[str]
) -> Check:
    """The functions (ARNs) of one account, invoked as its audit role."""
    there = [each for each in functions if account_of(each) == account]
    if not there:
        return Check(account, None, Name.FUNCTIONS, Outcome.NOT_NEEDED)
    found = [
        (function, error)
        for function, error in zip(
            there, await asyncio.gather(*(_tried(caller, each) for each in there)), strict=True
        )
        if error is not None
    ]
    if not found:
        return Check(account, None, Name.FUNCTIONS, Outcome.OK, f"{len(there)} invoked by a dry run")
    outcome = worst(Outcome.UNKNOWN if error.kind.passing else Outcome.FAILED for _, error in found)
    reason = "; ".join(_told(function, error) for function, error in found)[:1000]
    who, command = "whoever keeps the policies of your own", ""
    if any(error.kind is Kind.DENIED for _, error in found):
        who, command = remedy.owner(installation, account), remedy.make_documents(account)
    return Check(account, None, Name.FUNCTIONS, outcome, reason, who, command)


async def _tried(caller: Caller, function: str) -> AwsCallError | None:
    params = {"FunctionName": function, "InvocationType": "DryRun"}
    region = function.split(":")[3]
    try:
        answer = await caller.call(account_of(function), region, "lambda", "Invoke", params, pages=False)
    except AwsCallError as error:
        return error
    if (payload := answer.get("Payload")) is not None:
        async with payload:
            pass  # there is nothing in it, and the connection is free again
    return None


def _told(function: str, error: AwsCallError) -> str:
    if error.kind is Kind.DENIED:
        return f"{function} may not be invoked: its lambda:InvokeFunction is missing or denied ({error.code})"
    if error.code == _MISSING:
        return f"there is no function {function}: make it, or name another in the policy"
    return f"{function}: {unanswered(error)}"
