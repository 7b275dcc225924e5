"""The whole life of a set-up, as its runner lives it: applied, an event received, a status, a change, taken down.

Runs with the runner's own key and the documents that the owners made, and nothing more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

from liveaudit.aws.caller import AwsCaller
from liveaudit.aws.errors import AwsCallError
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.apply import Wanted, apply, setting_up, taking_down
from liveaudit.provision.documents import AccountDocuments, Documents, ManagedPolicy
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.leftovers import leftovers, places
from liveaudit.provision.planner import Options
from liveaudit.provision.progress import Quiet, State
from liveaudit.provision.status import status
from liveaudit.provision.steps import Subject, Verb
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.site import CATALOG, POLICIES, Site, installation, site_of
from tests.lab.site import US as HOME

T = TypeVar("T")
INSTALLATION = installation(PUBLISHER, regions=(HOME,))


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


def without(made: Documents, account: str, policy: str, action: str) -> Documents:
    """The documents with one action taken out of one policy of one account, and out of what auditing reads there too."""

    def cut(given: ManagedPolicy) -> ManagedPolicy:
        if given.name != policy and not given.name.startswith(names.AUDIT_POLICY):
            return given
        left = [
            replace(each, actions=tuple(a for a in each.actions if a != action)) for each in given.statements
        ]
        kept = tuple(each for each in left if each.actions)
        # a policy without a statement is none: it allows what nobody asks for
        return replace(
            given,
            statements=kept or (replace(left[0], actions=("iam:GetAccountSummary",), resources=("*",)),),
        )

    def changed(given: AccountDocuments) -> AccountDocuments:
        if given.account != account:
            return given
        roles = tuple(replace(role, inline=tuple(cut(each) for each in role.inline)) for role in given.roles)
        return replace(given, policies=tuple(cut(each) for each in given.policies), roles=roles)

    return replace(made, accounts=tuple(changed(each) for each in made.accounts))


@dataclass
class Journey:
    """One installation in a lab, with these documents."""

    lab: Lab
    documents: Documents
    installation: Installation = INSTALLATION

    async def run(self) -> None:
        """The whole journey. Raises StepFailedError at the first step that is not as it should be."""
        async with site_of(self.lab, self.installation, self.documents) as site:
            await self._run(site)

    async def _run(self, site: Site) -> None:
        wanted = setting_up(self.installation, CATALOG, POLICIES)
        await self._apply("apply", site, wanted)
        await self._receive(site.caller)
        found = await self._told("status", status(site.caller, self.installation, wanted))
        if not found.complete:
            told = [cell.reason for cell in found.cells.values()] + [q.reason for q in found.queues.values()]
            raise StepFailedError("status", "; ".join(filter(None, told)))
        await self._repair(site, wanted)
        fewer = replace(self.installation, services=("s3",))
        await self._apply("change", site, setting_up(fewer, CATALOG, POLICIES))
        await self._apply("destroy", site, taking_down(self.installation))
        where = places(self.installation)
        checked = await self._told("check", leftovers(site.caller, self.installation, where))
        if not checked.clean:
            told = [f"{each.what} {each.name} is left" for each in checked.left]
            raise StepFailedError("check", "; ".join([*told, *(each.reason for each in checked.unchecked)]))

    async def _repair(self, site: Site, wanted: Wanted) -> None:
        """Somebody in the publisher switches the rule off; it is written again."""
        events = self.lab.client(PUBLISHER, "events", HOME)
        events.disable_rule(Name=names.RULE)
        options = Options(drifted=frozenset({(PUBLISHER, HOME)}), repair="again")
        await self._apply("repair", site, wanted, options)
        if events.describe_rule(Name=names.RULE)["State"] != "ENABLED":
            raise StepFailedError("repair", "the rule is still switched off")

    async def _apply(self, step: str, site: Site, wanted: Wanted, options: Options | None = None) -> None:
        heard = _Heard()
        hands = site.hands(self.installation, heard)
        outcome = await self._told(step, apply(hands, wanted, options))
        if not outcome.complete:
            told = "; ".join(each.reason for each in outcome.plan.stuck) or outcome.interrupted
            raise StepFailedError(step, told)
        if heard.reasons:
            raise StepFailedError(step, "; ".join(heard.reasons))

    @staticmethod
    async def _told(step: str, work: Awaitable[T]) -> T:
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
