"""The table of RDS, DocumentDB and Neptune: which resource an event names, and of which product it is."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance
from liveaudit.services.rds.parameter_groups import settings
from tests.support.told import recorded, told, what

SOURCE = "rds.amazonaws.com"
INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
SNAPSHOT, CLUSTER_SNAPSHOT = "AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"
ARN = "arn:aws:rds:eu-west-1:111122223333"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        # AWS keeps the id in lower case, and says so in its answer.
        (
            "CreateDBInstance",
            {"dBInstanceIdentifier": "Main", "engine": "postgres"},
            {"dBInstanceIdentifier": "main", "engine": "postgres"},
            {(INSTANCE, "main")},
        ),
        ("DeleteDBInstance", {"dBInstanceIdentifier": "Main"}, {}, {(INSTANCE, "main")}),
        (
            "DeleteDBInstance",
            {"dBInstanceIdentifier": "main", "finalDBSnapshotIdentifier": "last"},
            {"dBInstanceIdentifier": "main", "engine": "mysql"},
            {(INSTANCE, "main"), (SNAPSHOT, "last")},
        ),
        (
            "CreateDBInstance",
            {"dBInstanceIdentifier": "one", "dBClusterIdentifier": "c", "engine": "aurora-mysql"},
            {},
            {(INSTANCE, "one"), (CLUSTER, "c")},
        ),
        # An instance of DocumentDB is none of RDS's, but tells of its cluster.
        (
            "CreateDBInstance",
            {"dBInstanceIdentifier": "one", "dBClusterIdentifier": "c", "engine": "docdb"},
            {},
            {("AWS::DocDB::DBCluster", "c")},
        ),
        (
            "ModifyDBInstance",
            {"dBInstanceIdentifier": "old", "newDBInstanceIdentifier": "New"},
            {"dBInstanceIdentifier": "old", "engine": "mysql"},
            {(INSTANCE, "old"), (INSTANCE, "new")},
        ),
        (
            "RestoreDBInstanceToPointInTime",
            {"sourceDBInstanceIdentifier": "from", "targetDBInstanceIdentifier": "to"},
            None,
            {(INSTANCE, "to")},
        ),
        (
            "CreateDBCluster",
            {"dBClusterIdentifier": "c", "engine": "aurora-postgresql"},
            None,
            {(CLUSTER, "c")},
        ),
        (
            "CreateDBCluster",
            {"dBClusterIdentifier": "c", "engine": "neptune"},
            None,
            {("AWS::Neptune::DBCluster", "c")},
        ),
        (
            "ModifyDBCluster",
            {"dBClusterIdentifier": "c"},
            {"dBClusterIdentifier": "c", "engine": "docdb"},
            {("AWS::DocDB::DBCluster", "c")},
        ),
        (
            "DeleteDBCluster",
            {"dBClusterIdentifier": "c", "finalDBSnapshotIdentifier": "last"},
            {"dBClusterIdentifier": "c", "engine": "neptune"},
            {("AWS::Neptune::DBCluster", "c"), ("AWS::Neptune::DBClusterSnapshot", "last")},
        ),
        (
            "CopyDBSnapshot",
            {
                "sourceDBSnapshotIdentifier": f"{ARN}:snapshot:rds:main-1",
                "targetDBSnapshotIdentifier": "kept",
            },
            {"dBSnapshotIdentifier": "kept", "engine": "mysql"},
            {(SNAPSHOT, "kept")},
        ),
        # The event does not tell the engine: who is asked for it says so.
        (
            "ModifyDBClusterSnapshotAttribute",
            {"dBClusterSnapshotIdentifier": "s", "attributeName": "restore", "valuesToAdd": ["all"]},
            {"dBClusterSnapshotIdentifier": "s"},
            {
                (CLUSTER_SNAPSHOT, "s"),
                ("AWS::DocDB::DBClusterSnapshot", "s"),
                ("AWS::Neptune::DBClusterSnapshot", "s"),
            },
        ),
        ("AddTagsToResource", {"resourceName": f"{ARN}:db:main"}, None, {(INSTANCE, "main")}),
        (
            "AddTagsToResource",
            {"resourceName": f"{ARN}:snapshot:rds:main-2026-01-01"},
            None,
            {(SNAPSHOT, "rds:main-2026-01-01")},
        ),
        ("AddTagsToResource", {"resourceName": f"{ARN}:pg:g"}, None, {("AWS::RDS::DBParameterGroup", "g")}),
        (
            "ModifyDBParameterGroup",
            {"dBParameterGroupName": "g"},
            {"dBParameterGroupName": "g"},
            {("AWS::RDS::DBParameterGroup", "g")},
        ),
        (
            "ResetDBClusterParameterGroup",
            {"dBClusterParameterGroupName": "G"},
            None,
            {("AWS::RDS::DBClusterParameterGroup", "g")},
        ),
        ("ModifyDBProxy", {"dBProxyName": "p"}, None, {("AWS::RDS::DBProxy", "p")}),
        (
            "CreateEventSubscription",
            {"subscriptionName": "s"},
            None,
            {("AWS::RDS::RegionSettings", "eu-west-1")},
        ),
    ],
)
def test_who_is_meant(
    name: str,
    request_parameters: dict[str, Any],
    response: dict[str, Any] | None,
    resources: set[tuple[str, str]],
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


@pytest.mark.parametrize(
    ("name", "request_parameters", "words"),
    [
        ("CreateDBInstance", {"dBInstanceIdentifier": "i", "engine": "docdb"}, "on which no policy looks"),
        ("AddTagsToResource", {"resourceName": f"{ARN}:og:options"}, "tags of what"),
        ("CreateDBSubnetGroup", {"dBSubnetGroupName": "g"}, "subnets"),
    ],
)
def test_what_does_not_concern_us(name: str, request_parameters: dict[str, Any], words: str) -> None:
    found = told(SOURCE, name, request_parameters)
    assert found.relevance == Relevance.IGNORED
    assert words in found.reason


def test_an_id_that_does_not_tell_the_engine_reads_what_does() -> None:
    found = told(SOURCE, "ModifyDBClusterSnapshotAttribute", {"dBClusterSnapshotIdentifier": "s"})
    assert {each.sections for each in found.targets} == {frozenset({"snapshot", "attributes"})}


def test_parameters_are_those_that_policies_look_at() -> None:
    assert settings(
        [
            {"ParameterName": "rds.force_ssl", "ParameterValue": "1"},
            {"ParameterName": "tls"},
            {"ParameterName": "work_mem", "ParameterValue": "64"},
        ]
    ) == {"rds.force_ssl": "1", "tls": None}


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed > 15
