"""A lab in which the owners have made their documents, and the runner who sets liveaudit up: nobody with more rights."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from liveaudit.aws.caller import AwsCaller, Caller, RoleToAssume
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.lab import Lab
from liveaudit.lab.call_log import ApiCall
from liveaudit.provision.apply import Outcome, apply, setting_up, taking_down
from liveaudit.provision.documents import Documents, documents
from liveaudit.provision.hands import Hands, make_hands
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.leftovers import Checked, leftovers, places
from liveaudit.provision.planner import Options
from liveaudit.provision.progress import Progress
from liveaudit.services import load
from tests.lab.conftest import RECEIVER

US, EU = "us-east-1", "eu-west-1"
WORD = "a-word"
CATALOG, POLICIES = load()
CHANGING = ("Create", "Update", "Delete", "Put", "Remove")


def installation(*publishers: str, regions: Sequence[str] = (EU, US), **given: Any) -> Installation:
    """The receiver, which publishes too, and these publishers."""
    accounts = (RECEIVER, *publishers)
    return Installation(
        RECEIVER,
        tuple(Account(each, regions=tuple(sorted(regions)), external_id=WORD) for each in accounts),
        **given,
    )


@dataclass(slots=True)
class Site:
    """What a test works with. ``wrap``: what stands between the set-up and AWS.

    ``installation``: the accounts that have documents; others may be set up with fewer accounts or regions.
    """

    lab: Lab
    installation: Installation
    caller: AwsCaller
    wrap: Callable[[Caller], Caller] = lambda caller: caller

    def own(self, given: Installation | None = None) -> None:
        """The owners make their documents, for this installation."""
        made = documents(given or self.installation, CATALOG, POLICIES)
        make_documents(self.lab.client, made)

    def hands(self, given: Installation, progress: Progress | None = None) -> Hands:
        """The runner's hands."""
        return make_hands(
            self.wrap(self.caller),
            given,
            clock=time.monotonic,
            sleep=asyncio.sleep,
            patience=60.0,
            progress=progress,
            shortest=0.01,
        )

    async def apply(
        self,
        given: Installation | None = None,
        options: Options | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """``liveaudit setup apply``."""
        given = given or self.installation
        return await apply(self.hands(given, progress), setting_up(given, CATALOG, POLICIES), options)

    async def destroy(self, abandon: Sequence[str] = ()) -> tuple[Outcome, Checked]:
        """``liveaudit setup destroy``."""
        hands = self.hands(self.installation)
        options = Options(abandon=frozenset(abandon))
        outcome = await apply(hands, taking_down(self.installation), options)
        where = places(self.installation, [outcome.observed])
        return outcome, await leftovers(hands, self.installation, where)

    def changing(self) -> dict[ApiCall, int]:
        """The calls that changed something since the last ``clear_calls``."""
        return {
            call: number
            for call, number in self.lab.calls().items()
            if call.operation.startswith(CHANGING) and call.service in ("cloudformation", "events", "sqs")
        }

    def instances(self, name: str = "liveaudit-publisher", **given: Any) -> Mapping[tuple[str, str], str]:
        """Every stack instance with its status."""
        cloudformation = self.lab.client(RECEIVER, "cloudformation", US)
        listed = cloudformation.list_stack_instances(StackSetName=name, **given)["Summaries"]
        return {(each["Account"], each["Region"]): each["Status"] for each in listed}

    def rules(self, account: str, region: str) -> list[str]:
        """The names of the rules on an account's bus."""
        listed = self.lab.client(account, "events", region).list_rules()["Rules"]
        return [each["Name"] for each in listed]

    def events_of_a_bucket(self, account: str, region: str, name: str) -> list[str]:
        """What comes to the receiver's queue when a bucket is made there."""
        where = {} if region == US else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.lab.client(account, "s3", region).create_bucket(Bucket=name, **where)
        self.lab.drain()
        sqs = self.lab.client(RECEIVER, "sqs", region)
        url = sqs.get_queue_url(QueueName="liveaudit-events")["QueueUrl"]
        bodies = []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get(
            "Messages"
        ):
            for each in found:
                bodies.append(each["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [each for each in bodies if f'"{name}"' in each]


@asynccontextmanager
async def site_of(lab: Lab, given: Installation, made: Documents | None = None) -> AsyncIterator[Site]:
    """The documents made (others than the installation's, if given); calls are the runner's for as long as this lasts."""
    made = made or documents(given, CATALOG, POLICIES)
    make_documents(lab.client, made)
    key, secret = make_runner(lab.client(RECEIVER, "iam", US), "aws", made.account(RECEIVER))

    def role_of(account: str) -> RoleToAssume:
        return RoleToAssume(given.role_to_assume(account), given.account(account).external_id)

    with pytest.MonkeyPatch.context() as patch:
        for name, value in lab.environment(RECEIVER, US).items():
            patch.setenv(name, value)
        patch.setenv("AWS_ACCESS_KEY_ID", key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        caller = AwsCaller(role_of, retries=1)
        try:
            yield Site(lab, given, caller)
        finally:
            await caller.close()


def with_regions(given: Installation, account: str, *regions: str) -> Installation:
    """The installation with other regions for one account."""
    return replace(
        given,
        accounts=tuple(
            replace(each, regions=tuple(sorted(regions))) if each.id == account else each
            for each in given.accounts
        ),
    )
