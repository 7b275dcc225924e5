"""CodeBuild's table: which project an event names, what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import search, section_value
from liveaudit.catalog.targets import match
from liveaudit.services import load
from liveaudit.services.codebuild.resources import project, report_group
from liveaudit.services.codebuild.shapes import without_credentials
from tests.support.events import event

CATALOG, _ = load()
ARN = "arn:aws:codebuild:eu-west-1:111122223333"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "kind", "resource_id"),
    [
        ("CreateProject", {"name": "build"}, {}, project, "build"),
        ("UpdateProject", {"name": f"{ARN}:project/build"}, {}, project, "build"),
        ("UpdateProjectVisibility", {"projectArn": f"{ARN}:project/build"}, {}, project, "build"),
        ("CreateWebhook", {"projectName": "build"}, {}, project, "build"),
        ("DeleteProject", {"name": "build"}, {}, project, "build"),
        ("PutResourcePolicy", {"resourceArn": f"{ARN}:project/build"}, {}, project, "build"),
        (
            "CreateReportGroup",
            {"name": "tests"},
            {"reportGroup": {"arn": f"{ARN}:report-group/tests"}},
            report_group,
            "tests",
        ),
        ("UpdateReportGroup", {"arn": f"{ARN}:report-group/tests"}, {}, report_group, "tests"),
        ("PutResourcePolicy", {"resourceArn": f"{ARN}:report-group/tests"}, {}, report_group, "tests"),
    ],
)
def test_the_event_names_its_resource(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], kind: Any, resource_id: str
) -> None:
    (target,) = match(CATALOG, event("codebuild", name, request_parameters, response)).targets
    assert (target.resource.type, target.resource.id) == (kind.name, resource_id)


def test_nothing_of_a_project_is_kept_that_may_be_secret() -> None:
    secret = "hunter2hunter2"
    answer = {
        "name": "build",
        "source": {
            "type": "GITHUB",
            "location": f"https://bot:{secret}@github.com/owner/repo?token={secret}",
            "buildspec": f"version: 0.2\nenv: {{x: {secret}}}\n",
            "buildStatusConfig": {"targetUrl": f"https://x:{secret}@ci.example.com"},
        },
        "secondarySources": [{"type": "GITHUB", "location": "https://github.com/owner/other"}],
        "environment": {
            "type": "LINUX_CONTAINER",
            "privilegedMode": True,
            "environmentVariables": [
                {"name": "DB_PASSWORD", "value": secret},
                {"name": "STAGE", "value": "production", "type": "PLAINTEXT"},
                {"name": "API_KEY", "value": "/prod/api-key", "type": "PARAMETER_STORE"},
            ],
        },
        "webhook": {"secret": secret, "payloadUrl": f"https://x/{secret}", "filterGroups": []},
        "badge": {"badgeEnabled": True, "badgeRequestUrl": f"https://x/?uuid={secret}"},
    }
    kept = {
        name: section_value(section, search(section.value, answer))
        for name, section in project.sections.items()
        if name != "policy_document"
    }
    assert secret not in str(kept)
    assert kept["project"] == {
        "name": "build",
        "environment": {"type": "LINUX_CONTAINER", "privilegedMode": True},
        "webhook": {"filterGroups": []},
    }
    assert kept["variables"] == [
        {"Name": "DB_PASSWORD", "Secret": "password"},
        {"Name": "STAGE", "Secret": None},
    ]
    assert [(each["location"], each["Secret"]) for each in kept["sources"]] == [
        ("https://github.com/owner/repo", "credentials in a URL"),
        ("https://github.com/owner/other", None),
    ]
    assert kept["sources"][0]["inlineBuildspec"] is True


@pytest.mark.parametrize(
    "answer", [{"name": "build"}, {"name": "build", "source": {"type": "NO_SOURCE"}, "environment": {}}]
)
def test_a_project_without_sources_and_variables(answer: dict[str, Any]) -> None:
    for name, wanted in (("variables", []), ("sources", [answer["source"]] if "source" in answer else [])):
        section = project.sections[name]
        assert section_value(section, search(section.value, answer)) == wanted


def test_a_location_that_cannot_be_read_is_hidden() -> None:
    assert without_credentials("https://u:p@[bad/repo") == "..."
    assert without_credentials("my-bucket/source.zip") == "my-bucket/source.zip"


@pytest.mark.parametrize("odd", ["text", 7, ["text"]])
def test_odd_projects_are_refused(odd: Any) -> None:
    for name in ("project", "variables", "sources"):
        with pytest.raises((ValueError, TypeError)):
            section_value(project.sections[name], odd)
