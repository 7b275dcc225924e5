"""Task definitions as far as policies need them: nothing that may hold a secret is kept but its name.

Commands, health checks, labels and the options of logging drivers (``splunk-token``) may hold secrets as well as the
environment; of these only what is named here stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.policies.secrets import variables

_OF_TASKS = (
    "taskDefinitionArn",
    "family",
    "revision",
    "status",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "pidMode",
    "ipcMode",
    "runtimePlatform",
    "compatibilities",
    "requiresCompatibilities",
)
_OF_CONTAINERS = ("name", "image", "essential", "user", "privileged", "readonlyRootFilesystem", "secrets")
_LOG_OPTIONS = ("mode", "max-buffer-size", "awslogs-group", "awslogs-region")


def task_definition(given: Any) -> Any:
    """A task definition without what may be secret. Raises ValueError or KeyError for another shape."""
    if given is None:
        return None
    containers = [_container(each) for each in _mapping(given, "a task definition")["containerDefinitions"]]
    return {**_some(given, _OF_TASKS), "containerDefinitions": containers}


def environments(given: Any) -> Any:
    """The environment of every container: names, and the kind of secret found."""
    if given is None:
        return None
    return [
        {
            "name": each["name"],
            "environment": variables(
                (pair.get("name", ""), pair.get("value", "")) for pair in each.get("environment") or ()
            ),
        }
        for each in _mapping(given, "a task definition")["containerDefinitions"]
    ]


def _container(given: Mapping[str, Any]) -> dict[str, Any]:
    kept = _some(given, _OF_CONTAINERS)
    logging = given.get("logConfiguration")
    if logging is not None:
        kept["logConfiguration"] = {
            **_some(logging, ("logDriver",)),
            "options": _some(logging.get("options") or {}, _LOG_OPTIONS),
        }
    return kept


def _some(given: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: given[key] for key in keys if key in _mapping(given, "a part of a task definition")}


def _mapping(given: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} is no structure")
    return given


def task_sets(given: Any) -> Any:
    """The task sets of a service, each with its network, by ARN; None where the service is gone."""
    if given is None:
        return None
    keys = ("taskSetArn", "launchType", "platformVersion", "networkConfiguration")
    return sorted((_some(each, keys) for each in given), key=lambda each: str(each["taskSetArn"]))
