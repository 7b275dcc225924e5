"""What of a Glue job or connection is kept: arguments and properties without their values, which may be secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.policies.secrets import variables

_OF_A_JOB = (
    "Name",
    "Role",
    "GlueVersion",
    "ExecutionClass",
    "WorkerType",
    "SecurityConfiguration",
    "JobMode",
)
_SETTINGS = (
    "--encryption-type",
    "--enable-continuous-cloudwatch-log",
    "--enable-job-insights",
    "--enable-metrics",
    "--job-bookmark-option",
)
_OF_A_CONNECTION = ("Name", "ConnectionType", "ConnectionSchemaVersion", "PhysicalConnectionRequirements")
_PROPERTIES = ("ConnectionProperties", "SparkProperties", "AthenaProperties", "PythonProperties")
_NO_SECRETS = ("SECRET_ID",)
"""Properties that name a secret of Secrets Manager, so that their own value is none."""


def job_told(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job without the values of its arguments, but for those that are settings of Glue."""
    arguments = {**(job.get("DefaultArguments") or {}), **(job.get("NonOverridableArguments") or {})}
    told = {name: job[name] for name in _OF_A_JOB if job.get(name) is not None}
    return told | {
        "Command": (job.get("Command") or {}).get("Name"),
        "Arguments": variables((name.lstrip("-"), value) for name, value in arguments.items()),
        "Settings": {name: arguments[name] for name in _SETTINGS if name in arguments},
    }


def connection_told(connection: Mapping[str, Any]) -> dict[str, Any]:
    """A connection without the values of its properties, but for whether it insists on TLS."""
    told = {name: connection[name] for name in _OF_A_CONNECTION if connection.get(name) is not None}
    pairs = {
        name: "" if name in _NO_SECRETS or name.startswith("ENCRYPTED_") else value
        for kind in _PROPERTIES
        for name, value in (connection.get(kind) or {}).items()
    }
    return told | {
        "Properties": variables(pairs),
        "EnforceSsl": (connection.get("ConnectionProperties") or {}).get("JDBC_ENFORCE_SSL"),
    }
