"""DynamoDB: its table and its policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SOURCE, TABLE = "dynamodb.amazonaws.com", "AWS::DynamoDB::Table"
ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35}, PASS),
        ({"PointInTimeRecoveryStatus": "DISABLED"}, FAIL),
        (None, FAIL),
    ],
)
def test_point_in_time_recovery(judged: Judged, value: Any, outcome: Outcome) -> None:
    assert judged("dynamodb_tables_pitr_enabled", point_in_time_recovery=value).outcome == outcome


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ({"DeletionProtectionEnabled": True}, PASS),
        ({"DeletionProtectionEnabled": False}, FAIL),
        ({"TableName": "orders"}, FAIL),
    ],
)
def test_deletion_protection(judged: Judged, table: dict[str, Any], outcome: Outcome) -> None:
    assert judged("dynamodb_table_deletion_protection_enabled", table=table).outcome == outcome


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ({"SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "k"}}, PASS),
        # DynamoDB's own key: the table says nothing of it
        ({"TableName": "orders"}, FAIL),
        ({"SSEDescription": {"Status": "DISABLED"}}, FAIL),
    ],
)
def test_encryption(judged: Judged, table: dict[str, Any], outcome: Outcome) -> None:
    assert judged("dynamodb_tables_kms_cmk_encryption_enabled", table=table).outcome == outcome


def document(principal: Any, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "dynamodb:GetItem", "Resource": ARN}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policy_document", "outcome"),
    [
        (None, PASS),
        (document({"AWS": "arn:aws:iam::111122223333:role/reader"}), PASS),
        (document({"AWS": "arn:aws:iam::444455556666:root"}), PASS),
        (document({"AWS": "777788889999"}), PASS),
        (document({"AWS": "arn:aws:iam::999900001111:role/reader"}), FAIL),
        (document("*"), FAIL),
        (document("*", StringEquals={"aws:PrincipalAccount": "111122223333"}), PASS),
        (document("*", StringEquals={"aws:PrincipalAccount": "999900001111"}), FAIL),
    ],
)
def test_strangers(judged: Judged, policy_document: Any, outcome: Outcome) -> None:
    verdict = judged(
        "dynamodb_table_cross_account_access",
        policy_document=policy_document,
        own=["444455556666"],
        trusted=["777788889999"],
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("dynamodb_tables_pitr_enabled", {"point_in_time_recovery": {"PointInTimeRecoveryStatus": True}}),
        ("dynamodb_table_deletion_protection_enabled", {"table": {"DeletionProtectionEnabled": "true"}}),
        ("dynamodb_table_cross_account_access", {"policy_document": "{"}),
        ("dynamodb_tables_kms_cmk_encryption_enabled", {"table": {"SSEDescription": "KMS"}}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateTable", {"tableName": "orders"}, set()),
        ("UpdateTable", {"tableName": "orders"}, {"table"}),
        ("UpdateTable", {"tableName": ARN}, {"table"}),
        ("DeleteTable", {"tableName": "orders"}, set()),
        ("UpdateContinuousBackups", {"tableName": "orders"}, {"point_in_time_recovery"}),
        ("PutResourcePolicy", {"resourceArn": ARN}, {"policy_document"}),
        ("DeleteResourcePolicy", {"resourceArn": ARN}, {"policy_document"}),
        ("TagResource", {"resourceArn": f"{ARN}/stream/2026-01-01T00:00:00.000"}, {"tags"}),
        ("RestoreTableToPointInTime", {"sourceTableName": "old", "targetTableName": "orders"}, set()),
        ("ImportTable", {"tableCreationParameters": {"tableName": "orders"}}, set()),
        ("UpdateGlobalTable", {"globalTableName": "orders"}, {"table"}),
    ],
)
def test_who_is_meant(name: str, request_parameters: dict[str, Any], sections: set[str]) -> None:
    found = told(SOURCE, name, request_parameters)
    assert what(found) == {(TABLE, "orders")}
    assert {each.sections for each in found.targets} == {frozenset(sections)}


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
