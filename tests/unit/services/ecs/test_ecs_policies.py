"""The policies of ECS: PASS, FAIL, NOT_APPLICABLE and UNKNOWN of each."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.testing.shapes import fits, output_shape
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN


def task(*containers: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A task definition, held against botocore's shape here: its section is made by a function."""
    made = {
        "family": "web",
        "revision": 3,
        "containerDefinitions": [{"name": f"c{number}", **each} for number, each in enumerate(containers)],
        **given,
    }
    shape = output_shape("ecs", "DescribeTaskDefinition").members["taskDefinition"]
    fits(shape, made, "the task definition")
    return made


LOGGED = {"logConfiguration": {"logDriver": "awslogs", "options": {"mode": "non-blocking"}}}


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        ("containers_readonly_access", task({"readonlyRootFilesystem": True}), PASS),
        ("containers_readonly_access", task({"readonlyRootFilesystem": False}), FAIL),
        ("containers_readonly_access", task({"readonlyRootFilesystem": True}, {}), FAIL),
        (
            "containers_readonly_access",
            task({}, runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            NA,
        ),
        ("no_privileged_containers", task({"privileged": False}, {}), PASS),
        ("no_privileged_containers", task({}, {"privileged": True}), FAIL),
        ("logging_enabled", task(LOGGED), PASS),
        ("logging_enabled", task(LOGGED, {}), FAIL),
        ("logging_enabled", task({"logConfiguration": {"options": {}}}), FAIL),
        ("host_namespace_not_shared", task({}, pidMode="host"), FAIL),
        ("host_namespace_not_shared", task({}, pidMode="task"), PASS),
        ("host_namespace_not_shared", task({}), PASS),
        ("host_networking_mode_users", task({"user": "root"}, networkMode="awsvpc"), NA),
        ("host_networking_mode_users", task({"user": "root"}), NA),
        ("host_networking_mode_users", task({"user": "app"}, networkMode="host"), PASS),
        ("host_networking_mode_users", task({"user": "1000:0"}, networkMode="host"), PASS),
        ("host_networking_mode_users", task({"user": "root"}, networkMode="host"), FAIL),
        ("host_networking_mode_users", task({"user": "0:1000"}, networkMode="host"), FAIL),
        ("host_networking_mode_users", task({"user": "app"}, {}, networkMode="host"), FAIL),
        # AWS's own rule lets a privileged root pass, as if it were a decision: it is root in the host's network
        ("host_networking_mode_users", task({"privileged": True}, networkMode="host"), FAIL),
    ],
)
def test_task_definitions(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(f"ecs_task_definitions_{policy}", task_definition=given)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence


def test_the_evidence_names_container_and_revision(judged: Judged) -> None:
    verdict = judged(
        "ecs_task_definitions_no_privileged_containers", task_definition=task({}, {"privileged": True})
    )
    assert verdict.evidence == {"containers": ["c1"], "revision": 3}


@pytest.mark.parametrize(
    "odd", [None, [], {"family": "web"}, {"containerDefinitions": [{"name": 7, "privileged": True}]}]
)
def test_a_task_definition_that_cannot_be_read_is_unknown(judged: Judged, odd: Any) -> None:
    verdict = judged("ecs_task_definitions_no_privileged_containers", task_definition=odd, odd=True)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ([], PASS),
        ([{"Name": "A", "Secret": None}], PASS),
        ([{"Name": "A", "Secret": None}, {"Name": "API_KEY", "Secret": "key"}], FAIL),
        ("odd", UNKNOWN),
    ],
)
def test_secrets_in_environments(judged: Judged, variables: Any, outcome: Outcome) -> None:
    verdict = judged(
        "ecs_task_definitions_no_environment_secrets",
        environments=[{"name": "side", "environment": []}, {"name": "app", "environment": variables}],
    )
    assert verdict.outcome is outcome
    if outcome is FAIL:
        assert verdict.evidence == {"Secrets": [{"Name": "API_KEY", "Secret": "key", "container": "app"}]}


def network(public: str | None) -> dict[str, Any]:
    given = {"subnets": ["subnet-1"], **({} if public is None else {"assignPublicIp": public})}
    return {"networkConfiguration": {"awsvpcConfiguration": given}}


@pytest.mark.parametrize(
    ("service", "outcome"),
    [
        ({"serviceName": "web"}, NA),
        ({"serviceName": "web", **network("DISABLED")}, PASS),
        ({"serviceName": "web", **network(None)}, PASS),
        ({"serviceName": "web", **network("ENABLED")}, FAIL),
    ],
)
def test_public_addresses_of_services(judged: Judged, service: dict[str, Any], outcome: Outcome) -> None:
    assert judged("ecs_service_no_assign_public_ip", service=service).outcome is outcome


def test_an_odd_network_is_unknown(judged: Judged) -> None:
    odd = {"networkConfiguration": {"awsvpcConfiguration": "odd"}}
    assert judged("ecs_service_no_assign_public_ip", service=odd, odd=True).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("sets", "outcome"),
    [
        (None, NA),
        ([], NA),
        ([{"taskSetArn": "a", **network("DISABLED")}, {"taskSetArn": "b"}], PASS),
        ([{"taskSetArn": "a", **network("DISABLED")}, {"taskSetArn": "b", **network("ENABLED")}], FAIL),
        ("odd", UNKNOWN),
    ],
)
def test_public_addresses_of_task_sets(judged: Judged, sets: Any, outcome: Outcome) -> None:
    verdict = judged("ecs_task_set_no_assign_public_ip", task_sets=sets)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence["taskSetArn"] == ["b"]
