"""The policies of Amazon Athena on workgroups."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_on, member
from liveaudit.policies.shapes import rule, text
from liveaudit.services.athena.resources import work_group as work_group_type

_OPTION = "Configuration.ResultConfiguration.EncryptionConfiguration.EncryptionOption"


@rule(
    work_group_type,
    "athena_workgroup_encryption",
    Severity.MEDIUM,
    title="Workgroups encrypt the results of queries",
    why="Results are copies of your data, which otherwise lie as the bucket happens to keep them.",
    fix="Choose encryption of query results in the workgroup, and enforce its settings over those of clients.",
)
def encrypts_results(work_group: Any) -> Verdict:
    """FSBP Athena.1; Athena user guide, "Encrypt Athena query results". Managed results are always encrypted."""
    if flag(work_group, "Configuration.ManagedQueryResultsConfiguration.Enabled", "the workgroup"):
        return passed("Athena keeps the results itself, encrypted")
    option = member(work_group, _OPTION, "the workgroup")
    if option is not None and text(option, "EncryptionOption"):
        return passed(f"results are encrypted with {option}")
    return failed("results are not encrypted", EncryptionOption=None)


@rule(
    work_group_type,
    "athena_workgroup_logging_enabled",
    Severity.MEDIUM,
    title="Workgroups publish metrics of their queries",
    why="Without metrics nobody sees who suddenly reads far more than before.",
    fix="Let the workgroup publish query metrics to CloudWatch.",
)
def publishes_metrics(work_group: Any) -> Verdict:
    """FSBP Athena.4."""
    return is_on(work_group, "Configuration.PublishCloudWatchMetricsEnabled", "the workgroup")


@rule(
    work_group_type,
    "athena_workgroup_enforce_configuration",
    Severity.MEDIUM,
    title="Workgroups enforce their settings over those of clients",
    why="Otherwise each client chooses where results go and whether they are encrypted.",
    fix="Choose to override client-side settings in the workgroup.",
)
def enforces_its_settings(work_group: Any) -> Verdict:
    """Athena user guide, "Override client-side settings"."""
    return is_on(work_group, "Configuration.EnforceWorkGroupConfiguration", "the workgroup")
