"""The policies of CodeBuild projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, is_off, member
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, text
from liveaudit.services.codebuild.patterns import is_anchored
from liveaudit.services.codebuild.resources import project, report_group

_WHO_AND_WHERE = frozenset(
    {"ACTOR_ACCOUNT_ID", "BASE_REF", "HEAD_REF", "ORGANIZATION_NAME", "REPOSITORY_NAME", "TAG_NAME"}
)
"""Filters that say who may start a build, and of which branch; those on paths and messages are no barrier."""


@rule(
    project,
    "codebuild_project_no_secrets_in_variables",
    Severity.CRITICAL,
    title="No plain variable of the project holds a secret",
    why="Everybody who may read the project reads the value, and builds print their variables into logs.",
    fix="Keep the value in Secrets Manager or Parameter Store, give the variable that type, and change the secret, for it "
    "has been shown.",
)
def variables_hold_no_secret(variables: Any) -> Verdict:
    """Security Hub CodeBuild.2."""
    return without_secrets(variables, "the project's plain variables")


@rule(
    project,
    "codebuild_project_source_repo_url_no_sensitive_credentials",
    Severity.CRITICAL,
    title="No URL of the project's sources carries credentials",
    why="Everybody who may read the project reads them, and they open the repository to whoever has them.",
    fix="Connect the project to the source with a connection or a secret, take the credentials out of the URL, and revoke "
    "them, for they have been shown.",
)
def urls_have_no_credentials(sources: Any) -> Verdict:
    """Security Hub CodeBuild.1."""
    found = [each for each in mappings(sources, "the sources") if each.get("Secret")]
    if found:
        return failed(
            "the URL of a source carries credentials",
            sources=[{"location": each.get("location"), "Secret": each["Secret"]} for each in found],
        )
    return passed("no source's URL carries credentials")


@rule(
    project,
    "codebuild_project_privileged_mode",
    Severity.HIGH,
    title="Builds do not run in privileged mode",
    why="A privileged build has all rights on the host it runs on; a poisoned dependency has them too.",
    fix="Turn privileged mode off, or keep it to projects that do nothing but build container images.",
)
def is_not_privileged(project: Any) -> Verdict:
    """Security Hub CodeBuild.5."""
    return is_off(project, "environment.privilegedMode", "the project")


@rule(
    project,
    "codebuild_project_not_publicly_accessible",
    Severity.HIGH,
    title="Builds are not shown to the public",
    why="The logs and artifacts of a public project can be read by everybody, with whatever builds wrote into them.",
    fix="Make the project private.",
)
def builds_are_not_public(project: Any) -> Verdict:
    """CodeBuild user guide, "Public build projects"."""
    visibility = mapping(project, "the project").get("projectVisibility")
    if visibility == "PUBLIC_READ":
        return failed("everybody can read the project's builds", projectVisibility=visibility)
    if visibility not in (None, "PRIVATE"):
        raise UnexpectedShapeError(f"projectVisibility is {visibility!r}")
    return passed("the project's builds are private")


@rule(
    project,
    "codebuild_project_webhook_filters_use_anchored_patterns",
    Severity.HIGH,
    title="Patterns of the webhook's filters match the whole value",
    why="A pattern such as 123456 also matches the account 91234567: a stranger whose number has yours in it can start "
    "builds, and take their credentials.",
    fix="Begin every pattern with ^ and end it with $, each alternative of it too: ^(123456|234567)$.",
)
def patterns_are_anchored(project: Any) -> Verdict:
    """CodeBuild user guide, "Best practices for using webhooks"; a filter that keeps events out is only narrower without."""
    webhook = mapping(project, "the project").get("webhook")
    if webhook is None:
        return not_applicable("the project has no webhook")
    found = list(_patterns(webhook))
    if not found:
        return not_applicable("no filter of the webhook has a pattern of who, or of which branch")
    loose = [{"type": kind, "pattern": pattern} for kind, pattern in found if not is_anchored(pattern)]
    if loose:
        return failed("a pattern of the webhook's filters matches more than the whole value", filters=loose)
    return passed("every pattern of the webhook's filters matches the whole value")


def _patterns(webhook: Any) -> Iterator[tuple[str, str]]:
    groups = member(webhook, "filterGroups", "the webhook") or []
    if not isinstance(groups, list | tuple):
        raise UnexpectedShapeError("the webhook's filterGroups are no list")
    for group in groups:
        for each in mappings(group, "a filter group"):
            kind = text(each.get("type"), "a filter's type")
            if kind in _WHO_AND_WHERE and not flag(each, "excludeMatchedPattern", "a filter"):
                yield kind, text(each.get("pattern"), "a filter's pattern")
    branch = member(webhook, "branchFilter", "the webhook")
    if branch:
        yield "branchFilter", text(branch, "branchFilter")


@rule(
    project,
    "codebuild_project_logging_enabled",
    Severity.MEDIUM,
    title="Builds are logged",
    why="What a build did, and with what it was tampered with, can only be told from its log.",
    fix="Turn CloudWatch logs or S3 logs on.",
)
def builds_are_logged(project: Any) -> Verdict:
    """Security Hub CodeBuild.4."""
    on = [
        name
        for name in ("cloudWatchLogs", "s3Logs")
        if member(project, f"logsConfig.{name}.status", "the project") == "ENABLED"
    ]
    return passed(f"builds are logged: {', '.join(on)}") if on else failed("builds are not logged")


@rule(
    project,
    "codebuild_project_s3_logs_encrypted",
    Severity.LOW,
    title="Logs of builds in S3 are encrypted",
    why="Logs hold what builds print, and without encryption whoever gets at the storage reads them.",
    fix="Turn the encryption of the project's S3 logs on.",
)
def logs_are_encrypted(project: Any) -> Verdict:
    """Security Hub CodeBuild.3."""
    if member(project, "logsConfig.s3Logs.status", "the project") != "ENABLED":
        return not_applicable("the project writes no logs to S3")
    return _encrypted(project, "logsConfig.s3Logs.encryptionDisabled", "the project")


@rule(
    report_group,
    "codebuild_report_group_export_encrypted",
    Severity.MEDIUM,
    title="Exported test reports are encrypted",
    why="Reports tell of your code and its weak points, and without encryption whoever gets at the storage reads them.",
    fix="Turn the encryption of the report group's export on.",
)
def reports_are_encrypted(report_group: Any) -> Verdict:
    """Security Hub CodeBuild.7."""
    if member(report_group, "exportConfig.exportConfigType", "the report group") != "S3":
        return not_applicable("the report group exports nothing")
    return _encrypted(report_group, "exportConfig.s3Destination.encryptionDisabled", "the report group")


def _encrypted(structure: Any, path: str, what: str) -> Verdict:
    if flag(structure, path, what):
        return failed("encryption is disabled", encryptionDisabled=True)
    return passed("encryption is not disabled")
