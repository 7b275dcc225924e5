"""ECS's table: which resource an event names, what is kept of a task definition."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import search, section_value
from liveaudit.catalog.targets import Relevance, match
from liveaudit.services import load
from liveaudit.services.ecs.resources import cluster, definition, ecs_service, service
from tests.support.events import event, recorded

CATALOG, _ = load()
_ARN = "arn:aws:ecs:eu-west-1:111122223333"
CLUSTER, SERVICE, DEFINITION = cluster.name, ecs_service.name, definition.name
ANSWER = {"service": {"serviceArn": f"{_ARN}:service/main/web", "clusterArn": f"{_ARN}:cluster/main"}}


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "kind", "resource_id"),
    [
        ("CreateCluster", {}, {"cluster": {"clusterArn": f"{_ARN}:cluster/default"}}, CLUSTER, "default"),
        ("UpdateCluster", {"cluster": f"{_ARN}:cluster/main"}, {}, CLUSTER, "main"),
        ("UpdateClusterSettings", {"cluster": "main"}, {}, CLUSTER, "main"),
        ("CreateService", {"cluster": "main", "serviceName": "web"}, ANSWER, SERVICE, "main/web"),
        ("UpdateService", {"cluster": "main", "service": "web"}, ANSWER, SERVICE, "main/web"),
        ("DeleteService", {"cluster": "main", "service": "web"}, ANSWER, SERVICE, "main/web"),
        (
            "CreateTaskSet",
            {"cluster": "main", "service": "web"},
            {"taskSet": {"serviceArn": f"{_ARN}:service/main/web"}},
            SERVICE,
            "main/web",
        ),
        (
            "RegisterTaskDefinition",
            {"family": "web"},
            {"taskDefinition": {"taskDefinitionArn": f"{_ARN}:task-definition/web:7"}},
            DEFINITION,
            "web",
        ),
        ("DeregisterTaskDefinition", {"taskDefinition": "web:7"}, {}, DEFINITION, "web"),
    ],
)
def test_the_event_names_its_resource(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], kind: str, resource_id: str
) -> None:
    (target,) = match(CATALOG, event("ecs", name, request_parameters, response)).targets
    assert (target.resource.type, target.resource.id) == (kind, resource_id)
    assert (target.resource.account, target.resource.region) == ("111122223333", "eu-west-1")


def test_every_recorded_change_finds_its_resource() -> None:
    for record, found in recorded(CATALOG, service.event_source):
        assert found.relevance is Relevance.CHANGES, record["eventName"]
        assert [each.resource.id for each in found.targets] == [record["requestParameters"]["clusterName"]]


def test_nothing_of_a_task_definition_is_kept_that_may_be_secret() -> None:
    secret = "hunter2hunter2"
    answer = {
        "taskDefinition": {
            "family": "web",
            "revision": 3,
            "networkMode": "awsvpc",
            "containerDefinitions": [
                {
                    "name": "app",
                    "image": "app:1",
                    "environment": [{"name": "DB_PASSWORD", "value": secret}, {"name": "A", "value": "b"}],
                    "command": ["--password", secret],
                    "entryPoint": [secret],
                    "healthCheck": {"command": [secret]},
                    "dockerLabels": {"label": secret},
                    "firelensConfiguration": {"type": "fluentd", "options": {"key": secret}},
                    "logConfiguration": {
                        "logDriver": "splunk",
                        "options": {"splunk-token": secret, "mode": "blocking"},
                    },
                }
            ],
        }
    }
    kept = {
        name: section_value(definition.sections[name], search(definition.sections[name].value, answer))
        for name in definition.sections
    }
    assert secret not in str(kept)
    assert kept["environments"] == [
        {
            "name": "app",
            "environment": [{"Name": "A", "Secret": None}, {"Name": "DB_PASSWORD", "Secret": "password"}],
        }
    ]
    (container,) = kept["task_definition"]["containerDefinitions"]
    assert container == {
        "name": "app",
        "image": "app:1",
        "logConfiguration": {"logDriver": "splunk", "options": {"mode": "blocking"}},
    }


def test_a_deleted_service_is_gone() -> None:
    section = ecs_service.sections["service"]
    left = {"services": [{"serviceName": "web", "status": "INACTIVE"}], "failures": []}
    assert section_value(section, search(section.value, left)) is None
    assert section_value(ecs_service.sections["task_sets"], None) is None


@pytest.mark.parametrize("odd", ["text", {"containerDefinitions": ["text"]}, {"containerDefinitions": 7}])
def test_an_odd_task_definition_is_refused(odd: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        section_value(definition.sections["task_definition"], odd)
