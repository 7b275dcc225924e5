"""The policies of AWS Glue on jobs, connections and the Data Catalog of a region."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Outcome, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, is_on, is_one_of, member
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, names, rule, text, whole_number
from liveaudit.services.glue.resources import connection as connection_type
from liveaudit.services.glue.resources import job as job_type
from liveaudit.services.glue.resources import region_settings

_PASSWORDS = "ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted"


@rule(
    job_type,
    "glue_etl_jobs_no_secrets_in_arguments",
    Severity.CRITICAL,
    title="Arguments of Glue jobs hold no secrets",
    why="Arguments are shown to everybody who may see the job, and are written into logs.",
    fix="Keep the secret in Secrets Manager, pass its name as the argument, and replace the secret, which was seen.",
)
def arguments_hold_no_secrets(job: Any) -> Verdict:
    """Glue API reference, "Job": arguments may be logged."""
    return without_secrets(mapping(job, "the job").get("Arguments"), "argument")


@rule(
    job_type,
    "glue_etl_jobs_amazon_s3_encryption_enabled",
    Severity.HIGH,
    title="Glue jobs encrypt what they write to S3",
    why="What a job leaves in S3, temporary files too, is otherwise kept as the bucket happens to keep it.",
    fix="Give the job a security configuration that encrypts S3 data.",
)
def encrypts_in_s3(job: Any, security_configurations: Any) -> Verdict:
    """Glue developer guide, "Encrypting data written by AWS Glue"."""
    given = mapping(job, "the job")
    if given.get("SecurityConfiguration") is not None:
        found = _configured(job, security_configurations)
        return found if isinstance(found, Verdict) else _s3_mode(found[1], found[0])
    argument = mapping(given.get("Settings", {}), "the job's settings").get("--encryption-type")
    if argument is not None and text(argument, "--encryption-type").lower() == "sse-s3":
        return passed("the argument --encryption-type is sse-s3")
    return failed("there is no security configuration", SecurityConfiguration=None)


def _s3_mode(configured: Any, name: str) -> Verdict:
    encryption = member(configured, "EncryptionConfiguration.S3Encryption", "the security configuration")
    modes = [each.get("S3EncryptionMode") for each in mappings(encryption or [], "S3Encryption")]
    if modes and all(mode not in (None, "DISABLED") for mode in modes):
        return passed(f"the security configuration {name} encrypts with {', '.join(map(str, modes))}")
    return failed(f"the security configuration {name} does not encrypt S3 data", S3EncryptionMode=modes)


@rule(
    connection_type,
    "glue_catalog_connection_no_secrets",
    Severity.HIGH,
    title="Connections of the Data Catalog hold no secrets",
    why="Whoever may read the connection reads the password, and with it gets to the database past IAM.",
    fix="Keep the credentials in Secrets Manager and name the secret in the connection, or encrypt connection passwords.",
)
def holds_no_secrets(connection: Any, catalog_encryption: Any) -> Verdict:
    """Glue API reference, "Connection". The password itself is not read: a user name without a secret has one."""
    properties = mapping(connection, "the connection").get("Properties")
    verdict = without_secrets(properties, "property")
    kept = names(properties, "Name", "each property")
    if (
        verdict.outcome is Outcome.FAIL
        or "USERNAME" not in kept
        or "SECRET_ID" in kept
        or "ENCRYPTED_PASSWORD" in kept
    ):
        return verdict
    if catalog_encryption is not None and flag(catalog_encryption, _PASSWORDS, "the Data Catalog"):
        return passed("the password is kept encrypted")
    return failed(
        "the password of the user is kept in the connection, not encrypted",
        Secrets=[{"Name": "PASSWORD", "Secret": "password"}],
    )


@rule(
    connection_type,
    "glue_database_connections_ssl_enabled",
    Severity.HIGH,
    title="JDBC connections insist on TLS",
    why="Without TLS the password and the data travel readable to the database.",
    fix="Require SSL in the connection (JDBC_ENFORCE_SSL).",
)
def insists_on_tls(connection: Any) -> Verdict:
    """Glue developer guide, "AWS Glue connection properties": Require SSL connection."""
    given = mapping(connection, "the connection")
    kind = text(given.get("ConnectionType"), "ConnectionType")
    if kind != "JDBC":
        return not_applicable(f"it is a connection of the type {kind}, not JDBC")
    enforced = given.get("EnforceSsl")
    if enforced is not None and text(enforced, "JDBC_ENFORCE_SSL").lower() == "true":
        return passed("JDBC_ENFORCE_SSL is true")
    return failed("JDBC_ENFORCE_SSL is not true", JDBC_ENFORCE_SSL=enforced)


def _unused(count: Any, what: str) -> Verdict | None:
    if whole_number(count, f"the number of {what}") == 0:
        return not_applicable(f"the Data Catalog of this region has no {what}")
    return None


@rule(
    region_settings,
    "glue_data_catalogs_connection_passwords_encryption_enabled",
    Severity.HIGH,
    title="The Data Catalog encrypts the passwords of connections",
    why="Whoever may read a connection otherwise gets its password in plain text.",
    fix="Switch encryption of connection passwords on; connections that exist are encrypted when they are saved again.",
)
def encrypts_passwords(catalog_encryption: Any, connection_count: Any) -> Verdict:
    """Glue developer guide, "Encrypting your Data Catalog"."""
    return _unused(connection_count, "connections") or is_on(
        catalog_encryption, _PASSWORDS, "the Data Catalog"
    )


@rule(
    region_settings,
    "glue_data_catalogs_metadata_encryption_enabled",
    Severity.MEDIUM,
    title="The Data Catalog encrypts its metadata",
    why="Names of tables and columns, and where the data lies, tell an attacker what is worth taking.",
    fix="Switch metadata encryption on with a KMS key; what is there already is encrypted when it changes next.",
)
def encrypts_metadata(catalog_encryption: Any, database_count: Any) -> Verdict:
    """Glue developer guide, "Encrypting your Data Catalog"."""
    if unused := _unused(database_count, "databases"):
        return unused
    mode = member(catalog_encryption, "EncryptionAtRest.CatalogEncryptionMode", "the Data Catalog")
    if mode is not None and text(mode, "CatalogEncryptionMode").startswith("SSE-"):
        return passed(f"CatalogEncryptionMode is {mode}")
    if mode not in (None, "DISABLED"):
        raise UnexpectedShapeError(f"CatalogEncryptionMode is {mode!r}")
    return failed("metadata is not encrypted", CatalogEncryptionMode=mode)


@rule(
    region_settings,
    "glue_data_catalogs_not_publicly_accessible",
    Severity.HIGH,
    title="The Data Catalog's policy does not let everybody in",
    why="Everybody could read what data there is and where it lies, or point tables to data of their own.",
    fix="Name the accounts in the statement shown, or delete the policy.",
)
def is_not_public(policy_document: Any) -> Verdict:
    """Glue developer guide, "Granting cross-account access"."""
    return not_public(policy_document, "the catalog policy")


def _configured(job: Any, security_configurations: Any) -> tuple[str, Any] | Verdict:
    """The job's security configuration by its name, or the verdict where it has none."""
    name = mapping(job, "the job").get("SecurityConfiguration")
    if name is None:
        return failed("there is no security configuration", SecurityConfiguration=None)
    found = mapping(security_configurations or {}, "the security configurations").get(text(name, "its name"))
    if found is None:
        return failed(f"its security configuration {name} does not exist", SecurityConfiguration=name)
    return str(name), found


@rule(
    job_type,
    "glue_etl_jobs_cloudwatch_logs_encryption_enabled",
    Severity.MEDIUM,
    title="Glue jobs encrypt their logs",
    why="Logs of a job repeat the data it works on.",
    fix="Give the job a security configuration that encrypts CloudWatch logs with a KMS key.",
)
def encrypts_logs(job: Any, security_configurations: Any) -> Verdict:
    """Glue developer guide, "Encrypting data written by AWS Glue"."""
    found = _configured(job, security_configurations)
    if isinstance(found, Verdict):
        return found
    path = "EncryptionConfiguration.CloudWatchEncryption.CloudWatchEncryptionMode"
    return is_one_of(found[1], path, f"the security configuration {found[0]}", ["SSE-KMS"])


@rule(
    job_type,
    "glue_etl_jobs_job_bookmark_encryption_enabled",
    Severity.MEDIUM,
    title="Glue jobs encrypt their bookmarks",
    why="A bookmark holds what of the data was read last, and is kept in S3.",
    fix="Give the job a security configuration that encrypts job bookmarks with a KMS key.",
)
def encrypts_bookmarks(job: Any, security_configurations: Any) -> Verdict:
    """Glue developer guide, "Encrypting data written by AWS Glue"."""
    found = _configured(job, security_configurations)
    if isinstance(found, Verdict):
        return found
    path = "EncryptionConfiguration.JobBookmarksEncryption.JobBookmarksEncryptionMode"
    return is_one_of(found[1], path, f"the security configuration {found[0]}", ["CSE-KMS"])
