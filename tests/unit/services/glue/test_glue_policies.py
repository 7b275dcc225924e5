"""The policies of Glue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.glue.shapes import connection_told, job_told
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SECRETS, IN_S3 = "glue_etl_jobs_no_secrets_in_arguments", "glue_etl_jobs_amazon_s3_encryption_enabled"
KEPT, TLS = "glue_catalog_connection_no_secrets", "glue_database_connections_ssl_enabled"
PASSWORDS = "glue_data_catalogs_connection_passwords_encryption_enabled"
METADATA = "glue_data_catalogs_metadata_encryption_enabled"
PUBLIC = "glue_data_catalogs_not_publicly_accessible"


@pytest.mark.parametrize(
    ("arguments", "more", "outcome"),
    [
        ({"--db_password": "hunter2"}, {}, FAIL),
        ({"--TempDir": "s3://data/tmp/", "--job-language": "python"}, {}, PASS),
        ({}, {"--api-key": "sk_live_4eC39HqLyjWDarjtT1zdp7dc"}, FAIL),
        ({"--db-secret": "prod/db"}, {}, PASS),
        ({"--connection": "postgresql://app:hunter2@db.example.com/orders"}, {}, FAIL),
    ],
)
def test_arguments(judged: Judged, arguments: Any, more: Any, outcome: Outcome) -> None:
    told = job_told({"Name": "load", "DefaultArguments": arguments, "NonOverridableArguments": more})
    verdict = judged(SECRETS, job=told)
    assert verdict.outcome is outcome
    assert "hunter2" not in str(verdict)


def modes(*given: str) -> dict[str, Any]:
    return {
        "Name": "c",
        "EncryptionConfiguration": {"S3Encryption": [{"S3EncryptionMode": each} for each in given]},
    }


@pytest.mark.parametrize(
    ("job", "configurations", "outcome"),
    [
        ({"SecurityConfiguration": "c"}, {"c": modes("SSE-S3")}, PASS),
        ({"SecurityConfiguration": "c"}, {"c": modes("SSE-KMS")}, PASS),
        ({"SecurityConfiguration": "c"}, {"c": modes("DISABLED")}, FAIL),
        ({"SecurityConfiguration": "c"}, {"c": modes()}, FAIL),
        ({"SecurityConfiguration": "c"}, {"c": {"Name": "c"}}, FAIL),
        ({"SecurityConfiguration": "c"}, {"c": None}, FAIL),
        ({"DefaultArguments": {"--encryption-type": "sse-s3"}}, {}, PASS),
        ({"DefaultArguments": {"--encryption-type": "none"}}, {}, FAIL),
        # a security configuration that does not encrypt wins over the argument
        (
            {"SecurityConfiguration": "c", "DefaultArguments": {"--encryption-type": "sse-s3"}},
            {"c": modes("DISABLED")},
            FAIL,
        ),
        ({}, {}, FAIL),
    ],
)
def test_encryption_in_s3(judged: Judged, job: Any, configurations: Any, outcome: Outcome) -> None:
    told = job_told({"Name": "load"} | job)
    assert judged(IN_S3, job=told, security_configurations=configurations).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "part", "key", "good"),
    [
        (
            "glue_etl_jobs_cloudwatch_logs_encryption_enabled",
            "CloudWatchEncryption",
            "CloudWatchEncryptionMode",
            "SSE-KMS",
        ),
        (
            "glue_etl_jobs_job_bookmark_encryption_enabled",
            "JobBookmarksEncryption",
            "JobBookmarksEncryptionMode",
            "CSE-KMS",
        ),
    ],
)
def test_encryption_of_logs_and_bookmarks(
    judged: Judged, policy: str, part: str, key: str, good: str
) -> None:
    job = job_told({"Name": "load", "SecurityConfiguration": "c"})

    def outcome(mode: str) -> Outcome:
        configured = {"c": {"Name": "c", "EncryptionConfiguration": {part: {key: mode}}}}
        return judged(policy, job=job, security_configurations=configured).outcome

    assert outcome(good) is PASS
    assert outcome("DISABLED") is FAIL
    assert judged(policy, job=job, security_configurations={"c": None}).outcome is FAIL
    assert judged(policy, job=job_told({"Name": "load"}), security_configurations={}).outcome is FAIL
    assert judged(policy, odd=True, job=job, security_configurations={"c": 7}).outcome is UNKNOWN


def a_connection(kind: str = "JDBC", **properties: str) -> dict[str, Any]:
    return connection_told({"Name": "db", "ConnectionType": kind, "ConnectionProperties": properties})


def password_encryption(on: bool) -> dict[str, Any]:
    return {"ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": on}}


@pytest.mark.parametrize(
    ("connection", "encrypted", "outcome"),
    [
        (a_connection(USERNAME="app", PASSWORD="hunter2"), False, FAIL),
        # the password is not read, but where a user is named and no secret is, there is one
        (a_connection(USERNAME="app"), False, FAIL),
        (a_connection(USERNAME="app"), True, PASS),
        (a_connection(USERNAME="app", ENCRYPTED_PASSWORD="AQICAHh..."), False, PASS),
        (a_connection(USERNAME="app", SECRET_ID="prod-db-secret"), False, PASS),
        (a_connection(SECRET_ID="prod/db"), False, PASS),
        (a_connection(JDBC_CONNECTION_URL="jdbc:mysql://app:hunter2@db.example.com/x"), True, FAIL),
        (a_connection("NETWORK"), False, PASS),
        (a_connection("KAFKA", KAFKA_CLIENT_KEYSTORE_PASSWORD="hunter2hunter2"), False, FAIL),
    ],
)
def test_secrets_in_connections(judged: Judged, connection: Any, encrypted: bool, outcome: Outcome) -> None:
    verdict = judged(KEPT, connection=connection, catalog_encryption=password_encryption(encrypted))
    assert verdict.outcome is outcome
    assert "hunter2" not in str(verdict)


@pytest.mark.parametrize(
    ("connection", "outcome"),
    [
        (a_connection(JDBC_ENFORCE_SSL="true"), PASS),
        (a_connection(JDBC_ENFORCE_SSL="True"), PASS),
        (a_connection(JDBC_ENFORCE_SSL="false"), FAIL),
        (a_connection(), FAIL),
        (a_connection("NETWORK"), NONE),
        (a_connection("KAFKA"), NONE),
        ({"Name": "db"}, UNKNOWN),
    ],
)
def test_tls(judged: Judged, connection: Any, outcome: Outcome) -> None:
    assert judged(TLS, connection=connection).outcome is outcome


@pytest.mark.parametrize(
    ("settings", "count", "outcome"),
    [
        (password_encryption(True), 1, PASS),
        (password_encryption(False), 1, FAIL),
        ({}, 1, FAIL),
        (password_encryption(False), 0, NONE),
        (password_encryption(False), None, UNKNOWN),
    ],
)
def test_passwords(judged: Judged, settings: Any, count: Any, outcome: Outcome) -> None:
    verdict = judged(PASSWORDS, catalog_encryption=settings, connection_count=count)
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("mode", "count", "outcome"),
    [
        ("SSE-KMS", 1, PASS),
        ("SSE-KMS-WITH-SERVICE-ROLE", 1, PASS),
        ("DISABLED", 1, FAIL),
        ("DISABLED", 0, NONE),
        ("PERHAPS", 1, UNKNOWN),
    ],
)
def test_metadata(judged: Judged, mode: str, count: int, outcome: Outcome) -> None:
    settings = {"EncryptionAtRest": {"CatalogEncryptionMode": mode}}
    verdict = judged(METADATA, catalog_encryption=settings, database_count=count)
    assert verdict.outcome is outcome


def a_policy(principal: Any, condition: Any = None) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "glue:*", "Resource": "*"}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (None, PASS),
        (a_policy("*"), FAIL),
        (a_policy("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), PASS),
        (a_policy("*", {"Bool": {"glue:EvaluatedByLakeFormationTags": "true"}}), FAIL),
        (a_policy({"AWS": [ACCOUNT]}), PASS),
        ("{", UNKNOWN),
    ],
)
def test_public(judged: Judged, document: Any, outcome: Outcome) -> None:
    assert judged(PUBLIC, policy_document=document).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        (SECRETS, {"job": {"Arguments": 7}}),
        (IN_S3, {"job": {"SecurityConfiguration": "c"}, "security_configurations": 7}),
        (KEPT, {"connection": {"Properties": [7]}}),
        (PASSWORDS, {"catalog_encryption": {"ConnectionPasswordEncryption": 7}, "connection_count": 1}),
        (METADATA, {"catalog_encryption": 7, "database_count": 1}),
        (METADATA, {"catalog_encryption": {}, "database_count": "1"}),
    ],
)
def test_another_shape_is_unknown(judged: Judged, policy: str, sections: Any) -> None:
    assert judged(policy, odd=True, **sections).outcome is UNKNOWN
