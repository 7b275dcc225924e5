"""The whole life of a set-up, as its runner lives it: applied, an event received, a status, a change, taken down.

Runs with the runner's own key and the documents that the owners made, and nothing more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.aws.errors import AwsCallError
from liveaudit.demo.owner import make_account, make_runner
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.apply import Outcome, apply, setting_up, taking_down
from liveaudit.provision.documents import AccountDocuments, Documents
from liveaudit.provision.hands import make_hands
from liveaudit.provision.installation import Account, Installation, SetupError
from liveaudit.provision.leftovers import leftovers, places
from liveaudit.provision.planner import Options
from liveaudit.provision.progress import Quiet, State
from liveaudit.provision.status import status
from liveaudit.provision.steps import Subject, Verb
from liveaudit.services import load
from tests.lab.conftest import PUBLISHER, RECEIVER

HOME = "us-east-1"
WORD = "a-word-of-ours"
INSTALLATION = Installation(
    RECEIVER, tuple(Account(each, regions=(HOME,), external_id=WORD) for each in (RECEIVER, PUBLISHER))
)


class _Heard(Quiet):
    """Notes every reason for which something failed on the way, also where it came right in the end."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """See ``Progress``."""
        if state is State.FAILED:
            self.reasons.append(reason)


class StepFailedError(Exception):
    """A step of the journey failed. ``step``: which; the text: what the user was told."""

    def __init__(self, step: str, told: str) -> None:
        super().__init__(f"{step}: {told}")
        self.step = step
        self.told = told


def without(documents: Documents, policy: str, action: str, account: str) -> Documents:
    """The documents with one action taken out of one policy of one account."""

    def cut(given: AccountDocuments) -> AccountDocuments:
        if given.account != account:
            return given
        return replace(
            given,
            policies=tuple(
                replace(
                    each,
                    statements=tuple(
                        replace(one, actions=tuple(a for a in one.actions if a != action))
                        for one in each.statements
                        if set(one.actions) != {action}
                    ),
                )
                if each.name == policy
                else each
                for each in given.policies
            ),
            roles=tuple(
                replace(
                    role,
                    inline=tuple(
                        replace(each, statements=tuple(s for s in each.statements if action not in s.actions))
                        if each.name == policy
                        else each
                        for each in role.inline
                    ),
                )
                for role in given.roles
            ),
        )

    return replace(documents, accounts=tuple(cut(each) for each in documents.accounts))


@dataclass
class Journey:
    """One installation in a lab. ``installation`` may be another than the usual one."""

    lab: Lab
    documents: Documents
    installation: Installation = INSTALLATION
    patience: float = 20.0

    def own(self) -> None:
        """The owners make the documents; a policy without any statement left is not made, as IAM has none such."""
        for each in self.documents.accounts:
            empty = {policy.name for policy in each.policies if not policy.statements}
            made = replace(
                each,
                policies=tuple(policy for policy in each.policies if policy.statements),
                roles=tuple(
                    replace(
                        role,
                        attached=tuple(name for name in role.attached if name not in empty),
                        inline=tuple(policy for policy in role.inline if policy.statements),
                    )
                    for role in each.roles
                ),
            )
            make_account(self.lab.client(each.account, "iam", HOME), "aws", made)
            if each.account == RECEIVER:
                self._key = make_runner(self.lab.client(RECEIVER, "iam", HOME), "aws", made)

    @contextmanager
    def as_runner(self) -> Iterator[None]:
        """The environment is the runner's for as long as this lasts."""
        environment: Mapping[str, str] = {
            **self.lab.environment(RECEIVER, HOME),
            "AWS_ACCESS_KEY_ID": self._key[0],
            "AWS_SECRET_ACCESS_KEY": self._key[1],
        }
        with patch.dict("os.environ", environment):
            yield

    def caller(self) -> AwsCaller:
        """A door to AWS with the roles of the installation."""
        return AwsCaller(
            {
                each.id: RoleToAssume(self.installation.role_to_assume(each.id), each.external_id)
                for each in self.installation.accounts
            },
            retries=1,
        )

    async def run(self) -> None:
        """The whole journey. Raises StepFailedError at the first step that is not as it should be."""
        with self.as_runner():
            caller = self.caller()
            try:
                await self._run(caller)
            finally:
                await caller.close()

    async def _run(self, caller: AwsCaller) -> None:
        catalog, policies = load()
        wanted = setting_up(self.installation, catalog, policies)
        await self._apply("apply", caller, self.installation, wanted)
        await self._receive(caller)
        found = await self._told("status", status(caller, self.installation, wanted))
        if not found.complete:
            told = [cell.reason for cell in found.cells.values()] + [q.reason for q in found.queues.values()]
            raise StepFailedError("status", "; ".join(filter(None, told)))
        await self._repair(caller, wanted)
        fewer = replace(self.installation, services=("s3",))
        await self._apply("change", caller, fewer, setting_up(fewer, catalog, policies))
        await self._apply("destroy", caller, self.installation, taking_down(self.installation))
        checked = await self._told("check", leftovers(caller, self.installation, places(self.installation)))
        if not checked.clean:
            told = [f"{each.what} {each.name} is left" for each in checked.left]
            raise StepFailedError("check", "; ".join([*told, *(each.reason for each in checked.unchecked)]))

    async def _repair(self, caller: AwsCaller, wanted: Any) -> None:
        """Somebody in the publisher switches the rule off; it is written again."""
        events = self.lab.client(PUBLISHER, "events", HOME)
        events.disable_rule(Name=names.RULE)
        options = Options(drifted=frozenset({(PUBLISHER, HOME)}), repair=f"{time.monotonic_ns():x}")
        await self._apply("repair", caller, self.installation, wanted, options)
        if events.describe_rule(Name=names.RULE)["State"] != "ENABLED":
            raise StepFailedError("repair", "the rule is still switched off")

    async def _apply(
        self,
        step: str,
        caller: AwsCaller,
        installation: Installation,
        wanted: Any,
        options: Options | None = None,
    ) -> None:
        hands = make_hands(
            caller,
            installation,
            clock=time.monotonic,
            sleep=asyncio.sleep,
            patience=self.patience,
            progress=(heard := _Heard()),
            shortest=0.01,
        )
        outcome: Outcome = await self._told(step, apply(hands, wanted, options))
        if not outcome.complete:
            told = "; ".join(each.reason for each in outcome.plan.stuck) or outcome.interrupted
            raise StepFailedError(step, told)
        if heard.reasons:
            raise StepFailedError(step, "; ".join(heard.reasons))

    @staticmethod
    async def _told(step: str, work: Any) -> Any:
        try:
            return await work
        except (AwsCallError, SetupError) as error:
            raise StepFailedError(step, str(error)) from error

    async def _receive(self, caller: AwsCaller) -> None:
        """Somebody in the publisher changes something; the event is received, and deleted."""
        self.lab.client(PUBLISHER, "ec2", HOME).create_security_group(GroupName="journey", Description="d")
        await asyncio.to_thread(self.lab.drain)
        queue = SqsQueue(
            caller,
            account=RECEIVER,
            region=HOME,
            queue_name=self.installation.queue,
            clock=time.time,
            wait=0,
        )
        for _ in range(3):
            messages = await self._told("receive", queue.receive())
            await self._told("give back", queue.give_back(messages))
            messages = await self._told("receive", queue.receive())
            await self._told("delete", queue.delete(messages))
            if any("CreateSecurityGroup" in each.body for each in messages):
                return
        raise StepFailedError("receive", f"no event came: {self._undelivered()}")

    def _undelivered(self) -> str:
        """Why the publisher's rule could not deliver, as the dead letters say."""
        sqs = self.lab.client(PUBLISHER, "sqs", HOME)
        url = sqs.get_queue_url(QueueName=names.UNDELIVERED_QUEUE)["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0)
        return "; ".join(
            each["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] for each in found.get("Messages", [])
        )
