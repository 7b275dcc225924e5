"""What policies on databases have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from liveaudit.model import Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import (
    UnexpectedShapeError,
    mapping,
    mappings,
    names,
    text,
    texts,
    whole_number,
)

EVERYBODY = "all"
_ON = {"1", "on", "true"}


_DEFAULT_PORTS = {
    "aurora": 3306,
    "db2": 50000,
    "mariadb": 3306,
    "mysql": 3306,
    "oracle": 1521,
    "postgres": 5432,
    "sqlserver": 1433,
}
DEFAULT_ADMINS = ("admin", "postgres")
"""The administrators' names that the console proposes."""


def default_port(engine: str) -> int | None:
    """The port that an engine listens on unless told otherwise. Source: RDS API reference, CreateDBInstance, ``Port``."""
    if engine == "aurora-postgresql":
        return _DEFAULT_PORTS["postgres"]
    return _DEFAULT_PORTS.get(engine.removeprefix("custom-").partition("-")[0])


def not_on(port: Any, engine: str) -> Verdict:
    """Whether a database listens on another port than its engine's usual one."""
    usual = default_port(engine)
    if usual is None:
        return not_applicable(f"{engine} has no usual port")
    if port is None:
        return unknown("the database has no endpoint yet, so its port is not known")
    if whole_number(port, "the port") == usual:
        return failed(f"port {usual} is the one that {engine} listens on by default", Port=port)
    return passed(f"port {port} is not the usual {usual}")


def exports(database: Any, what: str, *wanted: str) -> Verdict:
    """Whether a database sends logs to CloudWatch: all the ``wanted`` ones, or where none are named, any."""
    found = texts(
        mapping(database, what).get("EnabledCloudwatchLogsExports", []), "EnabledCloudwatchLogsExports"
    )
    missing = sorted(set(wanted) - set(found))
    if missing or not found:
        told = f"the {' and '.join(missing)} log is" if missing else "no log is"
        return failed(f"{told} sent to CloudWatch Logs", EnabledCloudwatchLogsExports=found)
    return passed(f"sent to CloudWatch Logs: {', '.join(found)}")


def engine_of(database: Any, what: str) -> str:
    """The engine's name: ``aurora-postgresql``. Raises UnexpectedShapeError."""
    return text(mapping(database, what).get("Engine"), f"the engine of {what}")


def member_of(instance: Any) -> str | None:
    """The cluster that an instance is a member of, if it is of one."""
    found = mapping(instance, "the instance").get("DBClusterIdentifier")
    return text(found, "DBClusterIdentifier") if found else None


def of_its_cluster(instance: Any, clusters: Any, path: str) -> Verdict | None:
    """The verdict on a flag that the cluster decides; None where the instance is a member of none."""
    name = member_of(instance)
    if name is None:
        return None
    found = mapping(clusters, "the clusters").get(name)
    if found is None:
        return unknown(f"cluster {name}, which decides it, could not be found")
    if flag(found, path, "the cluster"):
        return passed(f"{path} of its cluster {name} is on")
    return failed(f"{path} of its cluster {name} is off", DBClusterIdentifier=name, **{path: False})


def not_for_everybody(attributes: Any) -> Verdict:
    """Whether a snapshot may not be restored by every AWS account."""
    if attributes is None:
        return unknown("whom the snapshot is shared with could not be read: it is not there any more")
    for name, values in _values(attributes):
        if name == "restore" and EVERYBODY in values:
            return failed("every AWS account may restore the snapshot", restore=list(values))
    return passed("the snapshot is not public")


def _values(attributes: Any) -> Iterable[tuple[str, list[str]]]:
    for each in mappings(attributes, "the attributes"):
        yield (
            text(each.get("AttributeName"), "AttributeName"),
            texts(each.get("AttributeValues", []), "AttributeValues"),
        )


def enforced(parameters: Any, groups: Iterable[str], parameter: str, *, pending: bool) -> Verdict:
    """Whether a parameter is on in the groups of a database. ``parameters``: group name to its parameters.

    A parameter that the engine's group does not have is off. ``pending``: the database waits for a reboot, before which
    nobody can tell whether what the group says is in force.
    """
    known = mapping(parameters, "the parameters")
    off = []
    for group in groups:
        found = known.get(group)
        if found is None:
            return unknown(f"parameter group {group} could not be read")
        value = mapping(found, f"the parameters of {group}").get(parameter)
        if value is not None and not isinstance(value, str):
            raise UnexpectedShapeError(f"{parameter} of {group} is {value!r}, not a text")
        if (value or "").lower() not in _ON:
            off.append({"parameter_group": group, parameter: value})
    if off:
        return failed(f"{parameter} is off in {off[0]['parameter_group']}", parameters=off)
    if pending:
        return unknown(f"{parameter} is on, but the database waits for a reboot: it may not be in force yet")
    return passed(f"{parameter} is on")


def without_transport(engine: str) -> Verdict:
    """For engines whose encryption of transport no parameter enforces."""
    return not_applicable(f"no parameter of {engine} enforces encryption in transit")


def groups_of(instance: Any) -> list[str]:
    """The parameter groups of an instance."""
    return names(
        mapping(instance, "the instance").get("DBParameterGroups"), "DBParameterGroupName", "the instance"
    )


def pending_reboot(items: Any, key: str) -> bool:
    """Whether one of the items waits for a reboot, so that what its group says may not be in force."""
    return any(each.get(key) == "pending-reboot" for each in mappings(items, f"what has {key}"))
