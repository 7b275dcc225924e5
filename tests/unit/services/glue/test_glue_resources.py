"""Glue's table: what an event names, and that no value of an argument or property is kept."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.services import load
from liveaudit.services.glue.resources import connection, dev_endpoint, job, region_settings
from tests.support.events import event, named, unplaced

CATALOG, _ = load()
JOB, CONNECTION = ("AWS::Glue::Job", "load"), ("AWS::Glue::Connection", "db")
SETTINGS = ("AWS::Glue::RegionSettings", "eu-west-1")


@pytest.mark.parametrize(
    ("name", "request_parameters", "expected"),
    [
        ("CreateJob", {"name": "load"}, {(*JOB, ())}),
        ("UpdateJob", {"jobName": "load", "jobUpdate": {}}, {(*JOB, ("job",))}),
        ("DeleteJob", {"jobName": "load"}, {(*JOB, ())}),
        (
            "CreateConnection",
            {"connectionInput": {"name": "db"}},
            {(*CONNECTION, ()), (*SETTINGS, ("connection_count",))},
        ),
        (
            "UpdateConnection",
            {"name": "db", "connectionInput": {"name": "db"}},
            {(*CONNECTION, ("connection",))},
        ),
        (
            "BatchDeleteConnection",
            {"connectionNameList": ["db"]},
            {(*CONNECTION, ()), (*SETTINGS, ("connection_count",))},
        ),
        (
            "PutDataCatalogEncryptionSettings",
            {"dataCatalogEncryptionSettings": {}},
            {(*SETTINGS, ("catalog_encryption",))},
        ),
        ("PutResourcePolicy", {"policyInJson": "{}"}, {(*SETTINGS, ("policy_document",))}),
        ("DeleteResourcePolicy", {}, {(*SETTINGS, ("policy_document",))}),
        ("CreateDatabase", {"databaseInput": {"name": "d"}}, {(*SETTINGS, ("database_count",))}),
        ("DeleteSecurityConfiguration", {"name": "c"}, {("AWS::Glue::SecurityConfiguration", "c", ())}),
        ("UpdateDevEndpoint", {"endpointName": "e"}, {("AWS::Glue::DevEndpoint", "e", ("dev_endpoint",))}),
    ],
)
def test_the_event_names_it(name: str, request_parameters: Any, expected: Any) -> None:
    found = named(match(CATALOG, event("glue", name, request_parameters)))
    assert {(kind, each, tuple(sections)) for kind, each, _, sections in found} == expected


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "glue") == []


def test_of_arguments_and_properties_only_names_are_kept() -> None:
    kept = section_value(
        job.sections["job"],
        {
            "Name": "load",
            "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/load.py"},
            "DefaultArguments": {"--password": "hunter2", "--encryption-type": "sse-s3"},
            "SourceControlDetails": {"AuthToken": "hunter2"},
            "CodeGenConfigurationNodes": {"n": {"CustomCode": {"Code": "hunter2"}}},
        },
    )
    assert kept["Settings"] == {"--encryption-type": "sse-s3"}
    assert {"Name": "password", "Secret": "password"} in kept["Arguments"]
    assert "hunter2" not in str(kept)
    kept = section_value(
        connection.sections["connection"],
        {
            "Name": "db",
            "ConnectionProperties": {"USERNAME": "app", "PASSWORD": "hunter2"},
            "SparkProperties": {"secret": "hunter2"},
            "AuthenticationConfiguration": {"OAuth2Properties": {"x": "hunter2"}},
        },
    )
    assert "hunter2" not in str(kept)


def test_what_a_verdict_stands_on_is_an_edge() -> None:
    assert ("security_configuration", job.name, "security_configurations") in CATALOG.dependents(
        "AWS::Glue::SecurityConfiguration"
    )
    assert ("catalog_encryption", connection.name, "catalog_encryption") in CATALOG.dependents(
        region_settings.name
    )


def test_the_arguments_of_an_endpoint_are_not_asked_for() -> None:
    assert "Arguments" not in dev_endpoint.sections["dev_endpoint"].value
