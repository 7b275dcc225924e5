"""The policies of ECS: task definitions (the latest active revision of each family), services and their task sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, member
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.services.ecs.resources import definition, ecs_service

Container = Mapping[str, Any]
_REVISION = "Register a new revision of the task definition"


def _containers(task_definition: Any) -> Sequence[Container]:
    return mappings(
        mapping(task_definition, "the task definition").get("containerDefinitions"), "the containers"
    )


def _no_container(
    task_definition: Any, is_wrong: Callable[[Container], bool], wrong: str, right: str
) -> Verdict:
    """FAIL with the names of the containers that are wrong, and the revision they are in."""
    found = [
        text(each.get("name"), "a container's name")
        for each in _containers(task_definition)
        if is_wrong(each)
    ]
    if found:
        return failed(wrong, containers=found, revision=task_definition.get("revision"))
    return passed(right)


@rule(
    definition,
    "ecs_task_definitions_no_environment_secrets",
    Severity.CRITICAL,
    title="No environment of a task definition holds a secret",
    why="Everybody who may describe the task definition reads the value, and every old revision keeps it.",
    fix=f"{_REVISION} that names the secret under secrets (Secrets Manager or Parameter Store), deregister the old ones, "
    "and change the secret, for it has been shown.",
)
def environment_holds_no_secret(environments: Any) -> Verdict:
    """Security Hub ECS.8; ECS developer guide, "Pass sensitive data to an Amazon ECS container"."""
    found = [
        {**variable, "container": text(each.get("name"), "a container's name")}
        for each in mappings(environments, "the containers")
        for variable in mappings(each.get("environment"), "the environment")
    ]
    return without_secrets(found, "the environment of the containers")


@rule(
    definition,
    "ecs_task_definitions_containers_readonly_access",
    Severity.HIGH,
    title="Containers cannot write to their root filesystem",
    why="Whoever breaks into a container can replace its programs and leave tools there, if the filesystem is writable.",
    fix=f"{_REVISION} with readonlyRootFilesystem true for every container, and mount volumes where it has to write.",
)
def filesystems_are_read_only(task_definition: Any) -> Verdict:
    """Security Hub ECS.5; API reference, ContainerDefinition: Windows containers do not know the parameter."""
    system = member(task_definition, "runtimePlatform.operatingSystemFamily", "the task definition")
    if system is not None and text(system, "operatingSystemFamily").startswith("WINDOWS"):
        return not_applicable("Windows containers cannot have a read-only root filesystem")
    return _no_container(
        task_definition,
        lambda each: not flag(each, "readonlyRootFilesystem", "a container"),
        "containers may write to their root filesystem",
        "every container's root filesystem is read-only",
    )


@rule(
    definition,
    "ecs_task_definitions_no_privileged_containers",
    Severity.HIGH,
    title="No container is privileged",
    why="A privileged container has the rights of root on its host, and so on every other container there.",
    fix=f"{_REVISION} without privileged, and give single capabilities under linuxParameters where they are needed.",
)
def is_not_privileged(task_definition: Any) -> Verdict:
    """Security Hub ECS.4."""
    return _no_container(
        task_definition,
        lambda each: flag(each, "privileged", "a container"),
        "containers are privileged",
        "no container is privileged",
    )


@rule(
    definition,
    "ecs_task_definitions_logging_enabled",
    Severity.HIGH,
    title="Every container's output is logged",
    why="What a container did before it was broken into, or before it ended, can only be told from its output.",
    fix=f"{_REVISION} with a logConfiguration for every container, such as the driver awslogs.",
)
def output_is_logged(task_definition: Any) -> Verdict:
    """Security Hub ECS.9."""
    return _no_container(
        task_definition,
        lambda each: not member(each, "logConfiguration.logDriver", "a container"),
        "containers have no log configuration",
        "every container has a log configuration",
    )


@rule(
    definition,
    "ecs_task_definitions_host_namespace_not_shared",
    Severity.HIGH,
    title="Tasks do not share their host's processes",
    why="In the host's process namespace a container sees, and may signal, every process of the host and of other tasks.",
    fix=f"{_REVISION} with the pidMode task, or without one.",
)
def processes_are_their_own(task_definition: Any) -> Verdict:
    """Security Hub ECS.3."""
    mode = mapping(task_definition, "the task definition").get("pidMode")
    if mode == "host":
        return failed("the tasks share the process namespace of their host", pidMode=mode)
    return passed(f"the process namespace is {text(mode or 'of the container', 'pidMode')}")


@rule(
    definition,
    "ecs_task_definitions_host_networking_mode_users",
    Severity.HIGH,
    title="Containers in their host's network do not run as root",
    why="A container in the host's network reaches everything on it; as root it can also listen to others' traffic.",
    fix=f"{_REVISION} with the network mode awsvpc, or with a user other than root for every container.",
)
def host_network_has_no_root(task_definition: Any) -> Verdict:
    """Security Hub ECS.1. A privileged container is root all the same, which the control lets pass; here it does not."""
    mode = mapping(task_definition, "the task definition").get("networkMode")
    if mode != "host":
        return not_applicable(f"the network mode is {text(mode or 'the default', 'networkMode')}, not host")
    return _no_container(
        task_definition,
        _is_root,
        "containers run as root in their host's network",
        "no container runs as root in its host's network",
    )


def _is_root(container: Container) -> bool:
    """``user``, ``user:group``, ``uid:gid``; without one it is the image's, which is root unless the image says else."""
    user = text(container.get("user") or "", "a container's user").partition(":")[0]
    return user in ("", "root", "0")


_NETWORK = "networkConfiguration.awsvpcConfiguration"
_PUBLIC = "tasks get a public address"


@rule(
    ecs_service,
    "ecs_service_no_assign_public_ip",
    Severity.HIGH,
    title="The service's tasks get no public address",
    why="A task with a public address can be reached from the internet as far as its security groups let it.",
    fix="Run the service in private subnets with assignPublicIp DISABLED, behind a load balancer and a NAT gateway.",
)
def service_has_no_public_address(service: Any) -> Verdict:
    """Security Hub ECS.2."""
    network = member(service, _NETWORK, "the service")
    if network is None:
        return not_applicable("the service's tasks have no network interface of their own")
    given = mapping(network, "awsvpcConfiguration").get("assignPublicIp")
    if given == "ENABLED":
        return failed(_PUBLIC, assignPublicIp=given)
    return passed("tasks get no public address")


@rule(
    ecs_service,
    "ecs_task_set_no_assign_public_ip",
    Severity.HIGH,
    title="The service's task sets get no public address",
    why="A task with a public address can be reached from the internet as far as its security groups let it.",
    fix="Make the task set anew in private subnets with assignPublicIp DISABLED, and delete the one shown.",
)
def task_sets_have_no_public_address(task_sets: Any) -> Verdict:
    """Security Hub ECS.16."""
    given = mappings(task_sets, "the list of task sets") if task_sets is not None else []
    if not given:
        return not_applicable("the service has no task sets")
    found = [
        text(each.get("taskSetArn"), "taskSetArn")
        for each in given
        if member(each, f"{_NETWORK}.assignPublicIp", "the task set") == "ENABLED"
    ]
    return (
        failed(_PUBLIC, assignPublicIp="ENABLED", taskSetArn=found)
        if found
        else passed("tasks get no public address")
    )
