"""What goes wrong while setting up, in the lab: told with reason and remedy, held up by nobody, mended by another run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from liveaudit.aws.caller import Caller
from liveaudit.lab import Lab
from liveaudit.provision.advice import what_to_do
from liveaudit.provision.apply import Outcome
from liveaudit.provision.installation import SetupError
from liveaudit.provision.patterns import make_rules
from tests.lab.conftest import MANAGEMENT as OTHER
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.site import CATALOG, CHANGING, EU, US, Site, installation, site_of

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
NAMES = ("liveaudit-receiver", "liveaudit-publisher")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def stuck(outcome: Outcome) -> dict[tuple[str, str], str]:
    return {each.subject.target: each.reason for each in outcome.plan.stuck}


def remedies(outcome: Outcome) -> set[str]:
    return {what_to_do(reason, *target) for target, reason in stuck(outcome).items()}


async def test_an_account_without_the_execution_role_holds_up_nobody(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, OTHER, regions=(US,))) as site:
        iam = lab.client(OTHER, "iam", US)
        for policy in iam.list_attached_role_policies(RoleName=EXECUTION)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=EXECUTION)
        outcome = await site.apply()
        assert not outcome.complete
        assert list(stuck(outcome)) == [(OTHER, US)]
        assert f"Account {OTHER} should have '{EXECUTION}' role" in stuck(outcome)[OTHER, US]
        assert remedies(outcome) == {
            f"the owner of {OTHER} makes the documents of that account: liveaudit iam --account {OTHER}"
        }
        assert site.instances() == {(PUBLISHER, US): "CURRENT", (OTHER, US): "OUTDATED"}
        assert len(site.events_of_a_bucket(PUBLISHER, US, "all-the-same")) == 1
        site.own()
        assert (await site.apply()).complete
        assert set(site.instances().values()) == {"CURRENT"}


async def test_wrong_trust_and_a_region_that_is_not_enabled(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, OTHER)) as site:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        lab.client(OTHER, "iam", US).update_assume_role_policy(
            RoleName=EXECUTION, PolicyDocument=json.dumps(trust)
        )
        lab.knobs.disable_region(EU, PUBLISHER)
        outcome = await site.apply()
        assert set(stuck(outcome)) == {(OTHER, EU), (OTHER, US), (PUBLISHER, EU)}
        assert "trust relationship" in stuck(outcome)[OTHER, US]
        assert f"Region {EU} is not enabled for account {PUBLISHER}" in stuck(outcome)[PUBLISHER, EU]
        assert any("enable-region" in each for each in remedies(outcome))
        assert site.instances()[PUBLISHER, US] == "CURRENT"
        site.own()
        lab.knobs.enable_region(EU, PUBLISHER)
        assert (await site.apply()).complete


async def test_throttling_in_the_middle(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, regions=(US,))) as site:
        for call in (
            "cloudformation:DescribeStackSet",
            "cloudformation:CreateStackSet",
            "cloudformation:CreateStackInstances",
            "cloudformation:ListStackSetOperationResults",
            "events:PutPermission",
            "sts:AssumeRole",
        ):
            lab.knobs.throttle(call, times=2)
        assert (await site.apply()).complete
        lab.knobs.throttle("cloudformation:*", probability=0.3)
        outcome, checked = await site.destroy()
        assert outcome.complete
        assert checked.left == ()


async def test_a_permission_that_is_missing_is_named(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER)) as site:
        lab.knobs.deny("events:PutPermission", region=EU)
        outcome = await site.apply()
        assert set(stuck(outcome)) == {(RECEIVER, EU), (PUBLISHER, EU)}
        assert "events:PutPermission" in stuck(outcome)[RECEIVER, EU]
        assert site.instances() == {(PUBLISHER, US): "CURRENT"}
        lab.knobs.allow()
        assert (await site.apply()).complete


async def test_somebody_elses_stack_set_is_refused_and_left(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, regions=(US,))) as site:
        theirs = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "theirs"}}}}
        cloudformation = lab.client(RECEIVER, "cloudformation", US)
        cloudformation.create_stack_set(
            StackSetName="liveaudit-publisher",
            TemplateBody=json.dumps(theirs),
            AdministrationRoleARN=f"arn:aws:iam::{RECEIVER}:role/AWSCloudFormationStackSetAdministrationRole",
        )
        lab.clear_calls()
        for run in (site.apply, site.destroy):
            with pytest.raises(SetupError, match="liveaudit-publisher that was not made by liveaudit"):
                await run()
        assert site.changing() == {}
        standing = cloudformation.describe_stack_set(StackSetName="liveaudit-publisher")["StackSet"]
        assert json.loads(standing["TemplateBody"]) == theirs


async def test_two_at_once(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER)) as site:
        lab.knobs.stack_time(0.1)
        outcomes = await asyncio.gather(site.apply(), site.apply())
        assert [each.complete for each in outcomes] == [True, True]
        assert set(site.instances().values()) == {"CURRENT"}
        made = {call.operation: number for call, number in site.changing().items()}
        assert made["CreateStackInstances"] <= 4
        both = await asyncio.gather(site.destroy(), site.destroy())
        assert [outcome.complete for outcome, _ in both] == [True, True]
        assert [checked.left for _, checked in both] == [(), ()]


async def test_an_account_that_cannot_be_entered_any_more_is_let_go_of(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, OTHER, regions=(US,))) as site:
        assert (await site.apply()).complete
        iam = lab.client(OTHER, "iam", US)
        for role in (EXECUTION, "MVC_for_AWS_role"):
            for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
            iam.delete_role(RoleName=role)
        outcome, checked = await site.destroy()
        assert set(stuck(outcome)) == {(OTHER, US), (RECEIVER, US)}
        assert site.instances() == {(OTHER, US): "OUTDATED"}
        assert {each.account for each in checked.unchecked} == {OTHER}
        assert [(each.what, each.name) for each in checked.left] == [("stack set", "liveaudit-publisher")]
        outcome, checked = await site.destroy(abandon=[OTHER])
        assert outcome.complete
        assert checked.left == ()
        assert not checked.clean, "nobody could look into that account"
        assert site.rules(OTHER, US) == [each.name for each in make_rules(CATALOG)]


class KilledError(BaseException):
    """The process ends here."""


class Killing:
    """Ends the process before or after the changing call of a number, from 0."""

    def __init__(self, caller: Caller, at: int, after: bool) -> None:
        self._caller, self._at, self._after = caller, at, after
        self.changes = 0

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        mine = -1
        if operation.startswith(CHANGING):
            mine, self.changes = self.changes, self.changes + 1
        if mine == self._at and not self._after:
            raise KilledError
        answer = await self._caller.call(account, region, client, operation, params, pages=pages)
        if mine == self._at and self._after:
            raise KilledError
        return answer


async def killed(site: Site, run: Callable[[], Any], at: int, after: bool) -> bool:
    """Whether the run was killed at this change, rather than at its end."""
    site.wrap = lambda caller: Killing(caller, at, after)
    try:
        await run()
    except KilledError:
        return True
    finally:
        site.wrap = lambda caller: caller
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_every_change_and_run_again(lab: Lab, after: bool) -> None:
    """Every state between two changes is one that a run may find: from there it comes to the end."""
    async with site_of(lab, installation(PUBLISHER, regions=(US,))) as site:
        for at in range(20):
            if not await killed(site, site.apply, at, after):
                break
            outcome = await site.apply()
            assert outcome.complete, (at, outcome.plan.stuck)
            assert site.instances() == {(PUBLISHER, US): "CURRENT"}
            outcome, checked = await site.destroy()
            assert outcome.complete, at
            assert checked.clean, at
        assert at == 5, "two stack sets, their instances, a grant"
        for at in range(20):
            assert (await site.apply()).complete
            if not await killed(site, site.destroy, at, after):
                break
            outcome, checked = await site.destroy()
            assert outcome.complete, at
            assert checked.clean, at
        assert at == 5
