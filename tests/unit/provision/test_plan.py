"""Plans: only what differs, in the right order, and what is not ours is never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as some

from liveaudit.catalog.catalog import Catalog
from liveaudit.provision import names
from liveaudit.provision.desired import Desired, SetKey, StackSet, nothing
from liveaudit.provision.desired import desired as desired_of
from liveaudit.provision.grants import Bus, wanted_grants
from liveaudit.provision.installation import (
    Account,
    Delivery,
    Installation,
    Organization,
    Rollout,
    SetupError,
)
from liveaudit.provision.observe import Instance, Observed, Problem, SetNow
from liveaudit.provision.plan import make_plan
from liveaudit.provision.planner import Options
from liveaudit.provision.steps import (
    ChangeGrants,
    ChangeInstances,
    ChangeSet,
    Kind,
    MakeSet,
    Phase,
    Plan,
    RemoveSet,
    Subject,
    Tried,
    Verb,
    rectangles,
)
from liveaudit.services import load
from tests.unit.provision.conftest import EU, OTHER, PUBLISHER, RECEIVER, US

RECEIVING, SENDING = SetKey(names.RECEIVER_STACK_SET), SetKey(names.PUBLISHER_STACK_SET)
ORGANIZATION = Organization("o-abcdefghij", "444444444444", ("r-abcd",))


def installation(*others: str, regions: Sequence[str] = (EU, US), **given: Any) -> Installation:
    return Installation(
        RECEIVER,
        tuple(Account(each, regions=tuple(regions), external_id="a-word") for each in (RECEIVER, *others)),
        **given,
    )


def desired(given: Installation, catalog: Catalog) -> Desired:
    return desired_of(given, catalog, load()[1])


def set_now(wanted: StackSet, **given: Any) -> SetNow:
    instances = {
        target: Instance(*target, "CURRENT", stack="arn:stack", unit=wanted.units[0] if wanted.units else "")
        for target in wanted.targets
    }
    made: dict[str, Any] = {
        "template": wanted.template,
        "owned": wanted.template["Metadata"]["liveaudit"],
        "permission_model": "SERVICE_MANAGED" if wanted.service_managed else "SELF_MANAGED",
        "administration_role": wanted.administration_role,
        "execution_role": "" if wanted.service_managed else names.EXECUTION_ROLE,
        "auto_deployment": wanted.service_managed,
        "instances": instances,
    }
    return SetNow(wanted.key, **{**made, **given})


def as_it_should_be(wanted: Desired) -> Observed:
    buses = {}
    for region in wanted.installation.regions:
        arn = names.bus_arn("aws", RECEIVER, region)
        grants = wanted_grants(
            Bus(arn),
            wanted.publishers.get(region, ()),
            wanted.installation.organization,
            everybody=wanted.installation.rollout is Rollout.SERVICE_MANAGED,
        )
        buses[region] = Bus(arn, tuple(each.statement(arn) for each in grants))
    return Observed({each.key: set_now(each) for each in wanted.stack_sets}, buses)


def with_instances(observed: Observed, key: SetKey, instances: Mapping[Any, Instance]) -> Observed:
    found = observed.stack_sets[key]
    return replace(
        observed,
        stack_sets={**observed.stack_sets, key: replace(found, instances={**found.instances, **instances})},
    )


def instance_steps(plan: Plan) -> list[tuple[Verb, str, tuple[str, ...], tuple[str, ...]]]:
    return [
        (step.verb, step.key.name, step.where.accounts, step.where.regions)
        for step in plan.steps
        if isinstance(step, ChangeInstances)
    ]


def test_from_nothing_receivers_and_grants_come_before_publishers(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER, OTHER), catalog)
    buses = {region: Bus(names.bus_arn("aws", RECEIVER, region)) for region in (EU, US)}
    plan = make_plan(wanted, Observed(buses=buses))
    phases = [(type(step).__name__, step.phase) for step in plan.steps]
    assert phases == [
        ("ChangeGrants", Phase.RECEIVE),
        ("ChangeGrants", Phase.RECEIVE),
        ("MakeSet", Phase.RECEIVE),
        ("ChangeInstances", Phase.RECEIVE),
        ("MakeSet", Phase.SEND),
        ("ChangeInstances", Phase.SEND),
    ]
    assert instance_steps(plan) == [
        (Verb.CREATE, names.RECEIVER_STACK_SET, (RECEIVER,), (EU, US)),
        (Verb.CREATE, names.PUBLISHER_STACK_SET, (PUBLISHER, OTHER), (EU, US)),
    ]
    assert plan.counts() == {Verb.CREATE: 2 + 2 + 2 + 4}


def test_what_is_as_it_should_be_is_left_alone(catalog: Catalog) -> None:
    for given in (
        installation(PUBLISHER),
        installation(),
        installation(PUBLISHER, delivery=Delivery.DIRECT),
        installation(PUBLISHER, rollout=Rollout.SERVICE_MANAGED, organization=ORGANIZATION),
    ):
        wanted = desired(given, catalog)
        plan = make_plan(wanted, as_it_should_be(wanted))
        assert plan.complete
        assert plan.changes == ()
        assert plan.standing > 0


def test_adding_a_publisher_touches_only_that(catalog: Catalog) -> None:
    before = as_it_should_be(desired(installation(PUBLISHER), catalog))
    plan = make_plan(desired(installation(PUBLISHER, OTHER), catalog), before)
    assert {each.subject.account for each in plan.changes if each.subject.kind is Kind.INSTANCE} == {OTHER}
    assert instance_steps(plan) == [(Verb.CREATE, names.PUBLISHER_STACK_SET, (OTHER,), (EU, US))]
    grants = [step for step in plan.steps if isinstance(step, ChangeGrants)]
    assert [[each.id for each in step.change.put] for step in grants] == [[names.grant_id(OTHER)]] * 2
    assert not any(isinstance(step, ChangeSet | MakeSet) for step in plan.steps)


def test_removing_a_publisher_stops_it_before_its_grant_goes(catalog: Catalog) -> None:
    before = as_it_should_be(desired(installation(PUBLISHER, OTHER), catalog))
    plan = make_plan(desired(installation(PUBLISHER), catalog), before)
    assert [(type(step).__name__, step.phase) for step in plan.steps] == [
        ("ChangeInstances", Phase.STOP_SENDING),
        ("ChangeGrants", Phase.STOP_RECEIVING),
        ("ChangeGrants", Phase.STOP_RECEIVING),
    ]
    assert instance_steps(plan) == [(Verb.REMOVE, names.PUBLISHER_STACK_SET, (OTHER,), (EU, US))]


def test_adding_and_removing_a_region_touches_only_that(catalog: Catalog) -> None:
    one, two = (desired(installation(PUBLISHER, regions=each), catalog) for each in ((US,), (EU, US)))
    small = as_it_should_be(one)
    buses = {**small.buses, EU: Bus(names.bus_arn("aws", RECEIVER, EU))}
    grown = make_plan(two, replace(small, buses=buses))
    assert {each.subject.region for each in grown.changes} == {EU}
    assert all(each.verb is Verb.CREATE for each in grown.changes)
    shrunk = make_plan(one, as_it_should_be(two))
    assert {each.subject.region for each in shrunk.changes} == {EU}
    assert [step.phase for step in shrunk.steps] == [
        Phase.STOP_SENDING,
        Phase.STOP_RECEIVING,
        Phase.STOP_RECEIVING,
    ]


def test_a_changed_template_updates_the_stack_set_and_says_what_changes(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    old = desired(installation(PUBLISHER, services=("s3",)), catalog)
    plan = make_plan(wanted, as_it_should_be(old))
    assert [type(step) for step in plan.steps] == [ChangeSet, ChangeSet]
    whys = {each.subject.kind: each.why for each in plan.changes}
    told = whys[Kind.SET].split("; ")
    assert {"Rule: EventPattern changes", "template's Metadata changes"} <= set(told)
    assert plan.counts() == {Verb.UPDATE: 2 + 4}


def test_what_failed_is_mended(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER, OTHER), catalog)
    never = Instance(PUBLISHER, EU, "OUTDATED", "FAILED", "no such role")
    once = Instance(PUBLISHER, US, "OUTDATED", "FAILED", "it broke", stack="arn:stack")
    stuck = Instance(OTHER, US, "INOPERABLE", "INOPERABLE", "DELETE_FAILED", stack="arn:stack")
    observed = with_instances(
        as_it_should_be(wanted), SENDING, {each.target: each for each in (never, once, stuck)}
    )
    plan = make_plan(wanted, observed)
    assert sorted(instance_steps(plan)) == sorted(
        [
            (Verb.CREATE, SENDING.name, (PUBLISHER,), (EU,)),
            (Verb.UPDATE, SENDING.name, (PUBLISHER,), (US,)),
            (Verb.REMOVE, SENDING.name, (OTHER,), (US,)),
        ]
    )
    tried = Tried()
    subject = Subject(Kind.INSTANCE, SENDING.name, PUBLISHER, US)
    tried.note([subject], Verb.UPDATE)
    again = [each for each in instance_steps(make_plan(wanted, observed, tried)) if each[0] is Verb.REMOVE]
    assert again == [(Verb.REMOVE, SENDING.name, (PUBLISHER, OTHER), (US,))], "so that it can be made again"
    tried.note([subject], Verb.REMOVE)
    (left,) = make_plan(wanted, observed, tried).stuck
    assert (left.subject, left.reason) == (subject, "it broke")


def test_a_receiver_stack_is_never_removed_to_be_mended(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    broken = Instance(RECEIVER, EU, "OUTDATED", "FAILED", "it broke", stack="arn:stack")
    observed = with_instances(as_it_should_be(wanted), RECEIVING, {broken.target: broken})
    tried = Tried()
    subject = Subject(Kind.INSTANCE, RECEIVING.name, RECEIVER, EU)
    verbs = []
    while steps := instance_steps(make_plan(wanted, observed, tried)):
        verbs += [verb for verb, *_ in steps]
        tried.note([subject], verbs[-1])
    assert verbs == [Verb.UPDATE, Verb.CREATE]


def test_what_is_of_no_use_is_not_tried_again_and_holds_up_nobody(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER, OTHER), catalog)
    failed = {
        (PUBLISHER, region): Instance(PUBLISHER, region, "OUTDATED", "FAILED", "no role")
        for region in (EU, US)
    }
    observed = with_instances(as_it_should_be(wanted), SENDING, failed)
    tried = Tried(final={Subject(Kind.INSTANCE, SENDING.name, PUBLISHER, EU): "no role at all"})
    plan = make_plan(wanted, observed, tried)
    assert instance_steps(plan) == [(Verb.CREATE, SENDING.name, (PUBLISHER,), (US,))]
    assert [(each.subject.region, each.reason) for each in plan.stuck] == [(EU, "no role at all")]
    assert not plan.complete


def test_suspended_accounts_are_told_and_not_tried(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER, regions=(US,)), catalog)
    closed = Instance(PUBLISHER, US, "OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT")
    plan = make_plan(wanted, with_instances(as_it_should_be(wanted), SENDING, {closed.target: closed}))
    assert plan.empty
    assert [each.reason for each in plan.stuck] == ["the account is suspended"]


@pytest.mark.parametrize("owned", [None])
def test_somebody_elses_stack_set_is_refused(catalog: Catalog, owned: None) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    observed = as_it_should_be(wanted)
    theirs = replace(observed.stack_sets[SENDING], owned=owned, template={"Resources": {}})
    observed = replace(observed, stack_sets={**observed.stack_sets, SENDING: theirs})
    for what in (wanted, nothing(wanted.installation)):
        with pytest.raises(SetupError, match=r"stack set liveaudit-publisher that was not made by liveaudit"):
            make_plan(what, observed)


def test_a_failed_grant_holds_up_only_its_region(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    buses = {region: Bus(names.bus_arn("aws", RECEIVER, region)) for region in (EU, US)}
    refused = Subject(Kind.GRANTS, names.BUS, RECEIVER, EU)
    plan = make_plan(wanted, Observed(buses=buses), Tried(final={refused: "denied"}))
    assert [each for each in instance_steps(plan) if each[1] == SENDING.name] == [
        (Verb.CREATE, SENDING.name, (PUBLISHER,), (US,))
    ]
    told = {each.subject: each.reason for each in plan.stuck}
    assert told[refused] == "denied"
    assert "grant" in told[Subject(Kind.INSTANCE, SENDING.name, PUBLISHER, EU)]


def test_what_cannot_be_seen_is_told_and_not_guessed(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    observed = as_it_should_be(wanted)
    unseen = replace(
        observed, buses={US: observed.buses[US]}, problems=(Problem("bus", RECEIVER, EU, "access denied"),)
    )
    plan = make_plan(wanted, unseen)
    assert plan.empty
    assert not plan.complete
    assert [(each.subject.region, each.reason) for each in plan.stuck] == [(EU, "access denied")]


def test_taking_down_goes_the_other_way_round(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    plan = make_plan(nothing(wanted.installation), as_it_should_be(wanted))
    assert [(type(step).__name__, step.phase.name) for step in plan.steps] == [
        ("ChangeInstances", "STOP_SENDING"),
        ("RemoveSet", "STOP_SENDING"),
        ("ChangeGrants", "STOP_RECEIVING"),
        ("ChangeGrants", "STOP_RECEIVING"),
        ("ChangeInstances", "STOP_RECEIVING"),
        ("RemoveSet", "STOP_RECEIVING"),
    ]
    assert all(each.verb is Verb.REMOVE for each in plan.changes)


def test_abandoned_accounts_keep_their_stacks(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER, OTHER), catalog)
    plan = make_plan(
        nothing(wanted.installation), as_it_should_be(wanted), options=Options(abandon=frozenset({OTHER}))
    )
    retained = {
        step.where.accounts: step.retain
        for step in plan.steps
        if isinstance(step, ChangeInstances) and step.key == SENDING
    }
    assert retained == {(PUBLISHER,): False, (OTHER,): True}


def test_what_drifted_is_written_again(catalog: Catalog) -> None:
    wanted = desired(installation(PUBLISHER), catalog)
    options = Options(drifted=frozenset({(PUBLISHER, EU)}), repair="r1")
    tried = Tried()
    plan = make_plan(wanted, as_it_should_be(wanted), tried, options)
    (step,) = plan.steps
    assert isinstance(step, ChangeInstances)
    assert (step.verb, step.where.accounts, step.where.regions, step.repair) == (
        Verb.UPDATE,
        (PUBLISHER,),
        (EU,),
        "r1",
    )
    tried.note([Subject(Kind.INSTANCE, SENDING.name, PUBLISHER, EU)], Verb.UPDATE)
    assert make_plan(wanted, as_it_should_be(wanted), tried, options).empty, "once is enough"


def test_from_bus_to_direct_the_queue_lets_in_before_the_rules_change(catalog: Catalog) -> None:
    bus = desired(installation(PUBLISHER), catalog)
    direct = desired(installation(PUBLISHER, delivery=Delivery.DIRECT), catalog)

    def order(plan: Plan) -> list[tuple[str, str]]:
        return [
            (step.wanted.key.name if isinstance(step, ChangeSet) else "grants", step.phase.name)
            for step in plan.steps
        ]

    assert order(make_plan(direct, as_it_should_be(bus))) == [
        (RECEIVING.name, "RECEIVE"),
        (SENDING.name, "SEND"),
        ("grants", "STOP_RECEIVING"),
        ("grants", "STOP_RECEIVING"),
    ]
    assert order(make_plan(bus, as_it_should_be(direct))) == [
        ("grants", "RECEIVE"),
        ("grants", "RECEIVE"),
        (SENDING.name, "SEND"),
        (RECEIVING.name, "STOP_RECEIVING"),
    ]


def test_a_service_managed_rollout_begins_with_whole_units(catalog: Catalog) -> None:
    given = Installation(
        RECEIVER,
        (
            Account(RECEIVER, regions=(EU, US)),
            Account(PUBLISHER, regions=(EU, US), external_id="a-word"),
            Account(OTHER, regions=(US,), external_id="a-word"),
        ),
        rollout=Rollout.SERVICE_MANAGED,
        organization=replace(ORGANIZATION, excluded_accounts=("555555555555",)),
    )
    wanted = desired(given, catalog)
    buses = {region: Bus(names.bus_arn("aws", RECEIVER, region)) for region in (EU, US)}
    plan = make_plan(wanted, Observed(buses=buses))
    first = {
        step.where.regions: step.where.params["DeploymentTargets"]
        for step in plan.steps
        if isinstance(step, ChangeInstances) and step.key.name == SENDING.name
    }
    out = [RECEIVER, "555555555555"]
    assert first == {
        (US,): {"OrganizationalUnitIds": ["r-abcd"], "Accounts": out, "AccountFilterType": "DIFFERENCE"},
        (EU,): {
            "OrganizationalUnitIds": ["r-abcd"],
            "Accounts": sorted([*out, OTHER]),
            "AccountFilterType": "DIFFERENCE",
        },
    }
    observed = as_it_should_be(wanted)
    members = dict(observed.stack_sets[SENDING].instances)
    del members[OTHER, US]
    now = {**observed.stack_sets, SENDING: replace(observed.stack_sets[SENDING], instances=members)}
    (step,) = make_plan(wanted, replace(observed, stack_sets=now)).steps
    assert isinstance(step, ChangeInstances)
    assert step.where.params["DeploymentTargets"] == {
        "OrganizationalUnitIds": ["r-abcd"],
        "Accounts": [OTHER],
        "AccountFilterType": "INTERSECTION",
    }


def test_accounts_that_aws_enrolled_by_itself_stay(catalog: Catalog) -> None:
    given = installation(PUBLISHER, rollout=Rollout.SERVICE_MANAGED, organization=ORGANIZATION)
    wanted = desired(given, catalog)
    newcomer = Instance("666666666666", US, "CURRENT", stack="arn:stack", unit="r-abcd")
    moved = Instance("777777777777", US, "CURRENT", stack="arn:stack", unit="ou-left")
    observed = with_instances(
        as_it_should_be(wanted), SENDING, {each.target: each for each in (newcomer, moved)}
    )
    assert instance_steps(make_plan(wanted, observed)) == [
        (Verb.REMOVE, SENDING.name, ("777777777777",), (US,))
    ]


def test_the_management_account_gets_a_plain_stack(catalog: Catalog) -> None:
    organization = replace(ORGANIZATION, management_account=OTHER)
    given = installation(PUBLISHER, OTHER, rollout=Rollout.SERVICE_MANAGED, organization=organization)
    wanted = desired(given, catalog)
    assert {(each.account, each.region) for each in wanted.stacks} == {(OTHER, EU), (OTHER, US)}
    sending = wanted.stack_set(SENDING)
    assert sending is not None
    assert {account for account, _ in sending.targets} == {PUBLISHER}
    plan = make_plan(wanted, as_it_should_be(wanted))
    assert {each.subject.kind for each in plan.changes} == {Kind.STACK}
    assert {each.phase for each in plan.steps} == {Phase.SEND}


def test_another_rollout_takes_down_and_makes_again(catalog: Catalog) -> None:
    before = as_it_should_be(desired(installation(PUBLISHER), catalog))
    given = installation(PUBLISHER, rollout=Rollout.SERVICE_MANAGED, organization=ORGANIZATION)
    plan = make_plan(desired(given, catalog), before)
    assert (Verb.REMOVE, SENDING.name, (PUBLISHER,), (EU, US)) in instance_steps(plan)
    assert [step.key for step in plan.steps if isinstance(step, RemoveSet)] == [SENDING]
    assert any("made again" in each.why for each in plan.changes)


def test_what_an_account_has_stays_while_its_regions_are_not_known(catalog: Catalog) -> None:
    before = as_it_should_be(desired(installation(PUBLISHER, OTHER), catalog))
    now = Installation(
        RECEIVER,
        (
            Account(RECEIVER, regions=(US,)),
            Account(PUBLISHER, regions=(US,)),
            Account(OTHER, external_id="a-word"),
        ),
        undetermined=(OTHER,),
    )
    plan = make_plan(desired(now, catalog), before)
    assert instance_steps(plan) == [(Verb.REMOVE, SENDING.name, (PUBLISHER,), (EU,))]
    assert not any(isinstance(step, ChangeGrants) for step in plan.steps)
    gone = make_plan(nothing(now), before)
    assert len([step for step in gone.steps if isinstance(step, ChangeGrants)]) == 2, "taking down takes all"


def test_service_managed_needs_an_organization(catalog: Catalog) -> None:
    with pytest.raises(SetupError, match="rollout: service-managed needs"):
        desired(installation(PUBLISHER, rollout=Rollout.SERVICE_MANAGED), catalog)


@examples(some.sets(some.tuples(some.sampled_from("abcde"), some.sampled_from("vwxyz"))))
def test_rectangles_cover_the_targets_and_nothing_else(targets: set[tuple[str, str]]) -> None:
    made = rectangles(targets)
    covered = [(account, region) for each in made for account in each.accounts for region in each.regions]
    assert sorted(covered) == sorted(targets)
    assert len(made) <= min(len({a for a, _ in targets}), len({r for _, r in targets}))
