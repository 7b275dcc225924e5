"""After everything was taken down: is there anything of ours left? Told by listing, in every account and region."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision import names
from liveaudit.provision.desired import Target
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import Observed, observe

_STANDING = [
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "CREATE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
]
"""Every status of a stack that is there. Source: CloudFormation User Guide, "Stack status codes"."""
_STACKS = tuple(
    f"StackSet-{name}-"
    for name in (names.RECEIVER_STACK_SET, names.PUBLISHER_STACK_SET, names.ROLES_STACK_SET)
)


@dataclass(frozen=True, slots=True, order=True)
class Leftover:
    """One thing of ours that is still there. ``command``: what deletes it."""

    account: str
    region: str
    what: str
    name: str
    command: str


@dataclass(frozen=True, slots=True, order=True)
class Unchecked:
    """Where it could not be looked, and why."""

    account: str
    region: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. Nothing of ours is left when both are empty."""

    left: tuple[Leftover, ...]
    unchecked: tuple[Unchecked, ...]
    places: int
    """In how many accounts and regions was looked."""

    @property
    def clean(self) -> bool:
        """Whether it is known that nothing is left."""
        return not self.left and not self.unchecked


def places(installation: Installation, observed: Iterable[Observed] = ()) -> list[Target]:
    """Where something of ours may be: what is declared, and where stack instances were seen."""
    everywhere = set(installation.regions)
    found = {(installation.receiver, region) for region in everywhere}
    for account in installation.accounts:
        known = account.id not in installation.undetermined
        found |= {(account.id, region) for region in (account.regions if known else everywhere)}
    for seen in observed:
        found |= {target for each in seen.stack_sets.values() for target in each.instances}
        found |= set(seen.stacks)
    return sorted(found)


async def leftovers(caller: Caller, installation: Installation, where: list[Target]) -> Checked:
    """Look for stack sets, stacks, rules, queues, roles and grants of ours. Raises SetupError."""
    observed = await observe(caller, installation)
    left = [
        Leftover(
            installation.receiver,
            installation.home,
            "stack set",
            key.name,
            _aws("cloudformation", "delete-stack-set", installation.home, **{"stack-set-name": key.name}),
        )
        for key, found in observed.stack_sets.items()
        if found.owned is not None
    ]
    unchecked = [Unchecked(each.account, each.region, each.what, each.reason) for each in observed.problems]
    for region, bus in observed.buses.items():
        left += [
            Leftover(
                installation.receiver,
                region,
                "grant",
                sid,
                _aws("events", "remove-permission", region, **{"statement-id": sid}),
            )
            for sid in bus.ours
        ]
    looked = await asyncio.gather(*(_look(caller, installation, *target) for target in where))
    for found_there, not_seen in looked:
        left += found_there
        unchecked += not_seen
    return Checked(tuple(sorted(left)), tuple(sorted(unchecked)), len(where))


async def _look(
    caller: Caller, installation: Installation, account: str, region: str
) -> tuple[list[Leftover], list[Unchecked]]:
    left: list[Leftover] = []
    unchecked: list[Unchecked] = []
    for what, look in (("rule", _rules), ("queue", _queues), ("stack", _stacks), ("role", _roles)):
        try:
            left += [each async for each in look(caller, installation, account, region)]
        except AwsCallError as error:
            unchecked.append(Unchecked(account, region, what, str(error)))
    return left, unchecked


async def _rules(
    caller: Caller, _installation: Installation, account: str, region: str
) -> AsyncIterator[Leftover]:
    answer = await caller.call(account, region, "events", "ListRules", {"NamePrefix": names.RULE})
    for each in answer.get("Rules", []):
        name = each["Name"]
        yield Leftover(account, region, "rule", name, _aws("events", "delete-rule", region, name=name))


async def _queues(
    caller: Caller, installation: Installation, account: str, region: str
) -> AsyncIterator[Leftover]:
    own = (
        {installation.queue, names.dead_letters(installation.queue)}
        if account == installation.receiver
        else {names.UNDELIVERED_QUEUE}
    )
    for prefix in sorted({each for each in own if not any(each != o and each.startswith(o) for o in own)}):
        answer = await caller.call(account, region, "sqs", "ListQueues", {"QueueNamePrefix": prefix})
        for url in answer.get("QueueUrls", []):
            if (name := url.rsplit("/", 1)[-1]) in own:
                command = _aws("sqs", "delete-queue", region, **{"queue-url": url})
                yield Leftover(account, region, "queue", name, command)


async def _stacks(
    caller: Caller, _installation: Installation, account: str, region: str
) -> AsyncIterator[Leftover]:
    answer = await caller.call(
        account, region, "cloudformation", "ListStacks", {"StackStatusFilter": _STANDING}
    )
    for each in answer.get("StackSummaries", []):
        name = each["StackName"]
        if name.startswith(_STACKS) or name == names.MANAGEMENT_STACK:
            command = _aws("cloudformation", "delete-stack", region, **{"stack-name": name})
            yield Leftover(account, region, "stack", name, command)


async def _roles(
    caller: Caller, installation: Installation, account: str, region: str
) -> AsyncIterator[Leftover]:
    """The forwarding role that a stack made for itself; the one that the owner made is the owner's."""
    if account == installation.receiver or not installation.stacks_make_forwarding_role:
        return
    name = names.forwarding_role(region)
    try:
        await caller.call(account, installation.home, "iam", "GetRole", {"RoleName": name})
    except AwsCallError as error:
        if error.code in ("NoSuchEntity", "NoSuchEntityException"):
            return
        raise
    command = _aws("iam", "delete-role", installation.home, **{"role-name": name})
    yield Leftover(account, region, "role", name, command)


def _aws(service: str, command: str, region: str, **options: str) -> str:
    """A command of the AWS CLI. What AWS told us stands in it as one word each, whatever it is."""
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return shlex.join(["aws", service, command, *words, "--region", region])
