"""Calls of the receiver's permissions that cannot change anything: each names something that does not exist.

They are the confirmation of what was simulated. Where AWS answers anything else than a refusal, the permission is
there: it looks at permissions before it looks for what is named. SQS alone does not tell "not there" from "not
allowed" of a queue that is not there, so it is asked only about one that is. Sources: API references of the operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision import names
from liveaudit.provision.installation import Installation

NOTHING = "liveaudit-preflight"
"""A name of ours under which nothing ever stands."""


async def try_writes(caller: Caller, installation: Installation) -> Mapping[str, str]:
    """From IAM action to AWS's refusal, empty where the permission is there. What got no answer is not in."""
    receiver, home = installation.receiver, installation.home
    target = {"Accounts": [receiver], "Regions": [home]}
    stack_set: Mapping[str, Any] = {"StackSetName": NOTHING}
    found: dict[str, str] = {}

    async def attempt(
        client: str, operation: str, params: Mapping[str, Any], action: str = ""
    ) -> Mapping[str, Any] | None:
        action = action or f"{client}:{operation}"
        try:
            answer = await caller.call(receiver, home, client, operation, params, pages=False)
        except AwsCallError as error:
            if not error.kind.passing:
                found[action] = f"{error.code}: {error.message}" if error.kind is Kind.DENIED else ""
            return None
        found[action] = ""
        return answer

    await attempt("events", "RemovePermission", {"EventBusName": names.BUS, "StatementId": NOTHING})
    await attempt("cloudformation", "DescribeStackSet", stack_set)
    await attempt("cloudformation", "UpdateStackSet", {**stack_set, "UsePreviousTemplate": True})
    # no CreateStackInstances: the one call here that would leave something behind, were the name there after all
    await attempt("cloudformation", "DeleteStackInstances", {**stack_set, **target, "RetainStacks": True})
    if home in installation.regions:
        queue = await attempt("sqs", "GetQueueUrl", {"QueueName": installation.queue})
        if queue is None:
            found.pop("sqs:GetQueueUrl", None)
        else:
            params = {"QueueUrl": queue["QueueUrl"], "ReceiptHandle": NOTHING}
            await attempt("sqs", "DeleteMessage", params)
    return found
