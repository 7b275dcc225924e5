"""Plain stacks made, changed and removed: in the one account that service-managed stack sets leave out.

Source: CloudFormation API reference of CreateStack, UpdateStack, DeleteStack; "Stack status codes".
"""

from __future__ import annotations

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.desired import Stack
from liveaudit.provision.hands import Hands, LookAgainError, Pause
from liveaudit.provision.observe import stack_now
from liveaudit.provision.render.text import compact
from liveaudit.provision.steps import Verb

_NOTHING_TO_DO = "No updates are to be performed"


async def put_stack(hands: Hands, verb: Verb, wanted: Stack) -> None:
    """Create or update the stack and wait for it. Raises AwsCallError, also for a stack that AWS rolled back."""
    operation = "CreateStack" if verb is Verb.CREATE else "UpdateStack"
    params = {
        "StackName": wanted.name,
        "TemplateBody": compact(wanted.template),
        "Capabilities": list(wanted.capabilities),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(wanted.parameters.items())
        ],
    }
    try:
        await hands.change(wanted.account, wanted.region, "cloudformation", operation, params)
    except AwsCallError as error:
        if "_IN_PROGRESS state" in error.message:
            raise LookAgainError(str(error)) from error
        if _NOTHING_TO_DO not in error.message:
            raise
        return
    await _settle(hands, wanted.account, wanted.region, wanted.name, operation)


async def remove_stack(hands: Hands, account: str, region: str, name: str) -> None:
    """Delete the stack and wait until it is gone. Raises AwsCallError."""
    await hands.change(account, region, "cloudformation", "DeleteStack", {"StackName": name})
    await _settle(hands, account, region, name, "DeleteStack")


async def _settle(hands: Hands, account: str, region: str, name: str, operation: str) -> None:
    pause = Pause(hands)
    while True:
        now = await stack_now(hands, account, region, name)
        if now is None:
            if operation == "DeleteStack":
                return
            raise AwsCallError(Kind.ANSWER, "StackGone", f"the stack {name} is not there any more", operation)
        if not now.status.endswith("_IN_PROGRESS"):
            break
        await pause(f"{account} {region}: stack {name} is {now.status}")
    if now.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise AwsCallError(Kind.ANSWER, now.status, now.reason or "no reason given", operation)
