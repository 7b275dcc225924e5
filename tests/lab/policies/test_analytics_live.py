"""Glue's and Athena's policies by real calls in the lab.

moto cannot update a job, a connection or a workgroup, and does not tell the type of a connection.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
METADATA = "glue_data_catalogs_metadata_encryption_enabled"
PASSWORDS = "glue_data_catalogs_connection_passwords_encryption_enabled"


def test_a_job(live: Live) -> None:
    glue: Any = live.client("glue")
    job = {"Role": "loader", "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/load.py"}}
    glue.create_job(Name="load", DefaultArguments={"--db_password": "hunter2"}, **job)
    live.opens("glue_etl_jobs_no_secrets_in_arguments", "load")
    live.opens("glue_etl_jobs_amazon_s3_encryption_enabled", "load")
    glue.delete_job(JobName="load")
    live.archives("glue_etl_jobs_no_secrets_in_arguments", "load")
    glue.create_security_configuration(
        Name="encrypted", EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "SSE-S3"}]}
    )
    glue.create_job(
        Name="load", DefaultArguments={"--db": "prod/db"}, SecurityConfiguration="encrypted", **job
    )
    live.verdict("glue_etl_jobs_no_secrets_in_arguments", "load", "PASS")
    live.verdict("glue_etl_jobs_amazon_s3_encryption_enabled", "load", "PASS")


def test_the_catalog_and_a_connection(live: Live) -> None:
    glue: Any = live.client("glue")
    glue.create_database(DatabaseInput={"Name": "orders"})
    glue.create_connection(
        ConnectionInput={
            "Name": "db",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"USERNAME": "app", "PASSWORD": "hunter2"},
        }
    )
    arn = f"arn:aws:glue:{live.region}:{live.account}:catalog"
    public = {"Effect": "Allow", "Principal": "*", "Action": "glue:*", "Resource": arn}
    glue.put_resource_policy(PolicyInJson=json.dumps({"Version": "2012-10-17", "Statement": [public]}))
    for policy in (METADATA, PASSWORDS, "glue_data_catalogs_not_publicly_accessible"):
        live.opens(policy, live.region)
    live.opens("glue_catalog_connection_no_secrets", "db")
    glue.put_data_catalog_encryption_settings(
        DataCatalogEncryptionSettings={
            "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"},
            "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True},
        }
    )
    glue.delete_resource_policy()
    for policy in (METADATA, PASSWORDS, "glue_data_catalogs_not_publicly_accessible"):
        live.resolves(policy, live.region)
    # the connection stands on the catalog's settings
    live.resolves("glue_catalog_connection_no_secrets", "db")


def test_a_workgroup(live: Live) -> None:
    athena: Any = live.client("athena")
    athena.create_work_group(Name="analysts")
    live.opens("athena_workgroup_encryption", "analysts")
    athena.delete_work_group(WorkGroup="analysts")
    live.archives("athena_workgroup_encryption", "analysts")
