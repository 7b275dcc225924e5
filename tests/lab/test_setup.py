"""The set-up against the lab, with exactly the printed documents: made, proved by an event, changed, taken down."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from liveaudit.lab import Lab
from liveaudit.provision.installation import Delivery, Organization, RoleMaker, Rollout
from liveaudit.provision.planner import Options
from tests.lab.conftest import MANAGEMENT as OTHER
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.site import EU, US, installation, site_of, with_regions

pytestmark = [pytest.mark.lab, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    ("delivery", "maker"), [(Delivery.BUS, RoleMaker.OWNER), (Delivery.DIRECT, RoleMaker.STACK_SET)]
)
async def test_a_whole_life(lab: Lab, delivery: Delivery, maker: RoleMaker) -> None:
    async with site_of(lab, installation(PUBLISHER, delivery=delivery, forwarding_role=maker)) as site:
        assert (await site.apply()).complete
        assert set(site.instances().values()) == {"CURRENT"}
        for account, region in ((PUBLISHER, EU), (RECEIVER, US)):
            assert len(site.events_of_a_bucket(account, region, f"bucket-{account}")) == 1
        lab.clear_calls()
        again = await site.apply()
        assert (again.complete, again.rounds, site.changing()) == (True, 0, {})
        outcome, checked = await site.destroy()
        assert outcome.complete
        assert checked.clean, checked
        assert checked.places == 4
        for account in (RECEIVER, PUBLISHER):
            for region in (EU, US):
                assert site.rules(account, region) == []
                assert "QueueUrls" not in lab.client(account, "sqs", region).list_queues()


async def test_adding_and_removing_touches_only_that(lab: Lab) -> None:
    small = with_regions(installation(PUBLISHER, regions=(US,)), RECEIVER, US)
    async with site_of(lab, installation(PUBLISHER, OTHER)) as site:
        assert (await site.apply(small)).complete

        lab.clear_calls()
        grown = installation(PUBLISHER, OTHER, regions=(US,))
        assert (await site.apply(grown)).complete
        assert {(each.operation, number) for each, number in site.changing().items()} == {
            ("PutPermission", 1),
            ("CreateStackInstances", 1),
        }
        lab.clear_calls()
        wide = with_regions(grown, OTHER, EU, US)
        assert (await site.apply(wide)).complete
        changed = {(each.operation, each.region): number for each, number in site.changing().items()}
        assert changed == {("PutPermission", EU): 1, ("CreateStackInstances", US): 2}
        assert (OTHER, EU) in site.instances()
        assert (PUBLISHER, EU) not in site.instances()
        lab.clear_calls()
        assert (await site.apply(small)).complete
        changed = {(each.operation, each.region): number for each, number in site.changing().items()}
        assert changed == {
            ("DeleteStackInstances", US): 2,
            ("RemovePermission", EU): 1,
            ("RemovePermission", US): 1,
        }
        assert set(site.instances()) == {(PUBLISHER, US)}
        assert site.rules(OTHER, EU) == []


async def test_another_delivery_loses_nothing_and_leaves_no_grant(lab: Lab) -> None:
    bus = installation(PUBLISHER, regions=(US,))
    direct = replace(bus, delivery=Delivery.DIRECT)
    async with site_of(lab, bus) as site:
        assert (await site.apply()).complete
        site.own(direct)
        assert (await site.apply(direct)).complete
        assert "Policy" not in lab.client(RECEIVER, "events", US).describe_event_bus()
        assert len(site.events_of_a_bucket(PUBLISHER, US, "straight")) == 1
        site.own(bus)
        assert (await site.apply(bus)).complete
        assert len(site.events_of_a_bucket(PUBLISHER, US, "by-bus")) == 1
        sqs = lab.client(RECEIVER, "sqs", US)
        url = sqs.get_queue_url(QueueName="liveaudit-events")["QueueUrl"]
        policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
        assert len(json.loads(policy)["Statement"]) == 1


async def test_what_somebody_changed_is_written_again(lab: Lab) -> None:
    async with site_of(lab, installation(PUBLISHER, regions=(US,))) as site:
        assert (await site.apply()).complete
        events, sqs = lab.client(PUBLISHER, "events", US), lab.client(RECEIVER, "sqs", US)
        events.disable_rule(Name="liveaudit-changes")
        url = sqs.get_queue_url(QueueName="liveaudit-events")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
        lab.client(RECEIVER, "events", US).remove_permission(StatementId=f"liveaudit-{PUBLISHER}")
        assert site.events_of_a_bucket(PUBLISHER, US, "unseen") == []
        drifted = Options(drifted=frozenset({(PUBLISHER, US), (RECEIVER, US)}), repair="again")
        assert (await site.apply(options=drifted)).complete
        assert events.describe_rule(Name="liveaudit-changes")["State"] == "ENABLED"
        assert len(site.events_of_a_bucket(PUBLISHER, US, "seen-again")) == 1


async def test_an_organization_enrols_new_accounts_by_itself(lab: Lab) -> None:
    organization_id = lab.organize(RECEIVER, {"": [PUBLISHER]})
    given = installation(
        PUBLISHER,
        regions=(US,),
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization(organization_id, RECEIVER, (lab.unit(RECEIVER),)),
    )
    organizations = lab.client(RECEIVER, "organizations", US)
    organizations.enable_aws_service_access(
        ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    async with site_of(lab, given) as site:
        assert (await site.apply()).complete
        roles = lab.client(PUBLISHER, "iam", US).list_roles()["Roles"]
        assert {"MVC_for_AWS_role", "liveaudit-forwarding-us-east-1"} <= {each["RoleName"] for each in roles}
        assert len(site.events_of_a_bucket(PUBLISHER, US, "of-a-member")) == 1
        lab.organize(RECEIVER, {"": [OTHER]})
        lab.finish_stacks()
        assert len(site.events_of_a_bucket(OTHER, US, "of-a-newcomer")) == 1
        lab.clear_calls()
        assert (await site.apply()).complete
        assert site.changing() == {}, "what AWS enrolled by itself stays"
        outcome, checked = await site.destroy()
        assert outcome.complete
        assert site.rules(OTHER, US) == []
        assert checked.left == ()


async def test_the_management_account_gets_a_plain_stack(lab: Lab) -> None:
    organization_id = lab.organize(OTHER, {"": [RECEIVER, PUBLISHER]})
    organizations = lab.client(OTHER, "organizations", US)
    organizations.enable_aws_service_access(
        ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    organizations.register_delegated_administrator(
        AccountId=RECEIVER, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    given = installation(
        PUBLISHER,
        OTHER,
        regions=(US,),
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization(
            organization_id, OTHER, (lab.unit(OTHER),), by_delegated_administrator=True
        ),
    )
    async with site_of(lab, given) as site:
        outcome = await site.apply()
        assert outcome.complete, outcome.plan.stuck
        assert set(site.instances(CallAs="DELEGATED_ADMIN")) == {(PUBLISHER, US)}
        for account in (PUBLISHER, OTHER):
            assert len(site.events_of_a_bucket(account, US, f"bucket-{account}")) == 1
        outcome, checked = await site.destroy()
        assert outcome.complete
        assert checked.left == ()
        assert site.rules(OTHER, US) == []
