"""CodeBuild's policies by real calls in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
REPOSITORY = "github.com/owner/repo"


def environment(privileged: bool, **variables: str) -> dict[str, Any]:
    return {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
        "privilegedMode": privileged,
        "environmentVariables": [{"name": name, "value": value} for name, value in variables.items()],
    }


def test_a_project(live: Live) -> None:
    codebuild = live.client("codebuild")
    made = codebuild.create_project(
        name="build",
        source={"type": "GITHUB", "location": f"https://bot:s3cr3t@{REPOSITORY}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment=environment(True, API_KEY="9f8e7d6c5b4a3928"),
        serviceRole=f"arn:aws:iam::{live.account}:role/build",
    )
    arn = made["project"]["arn"]
    codebuild.update_project_visibility(projectArn=arn, projectVisibility="PUBLIC_READ")
    codebuild.create_webhook(
        projectName="build", filterGroups=[[{"type": "ACTOR_ACCOUNT_ID", "pattern": "123456"}]]
    )
    policies = (
        "codebuild_project_no_secrets_in_variables",
        "codebuild_project_not_publicly_accessible",
        "codebuild_project_privileged_mode",
        "codebuild_project_source_repo_url_no_sensitive_credentials",
        "codebuild_project_webhook_filters_use_anchored_patterns",
    )
    for policy in policies:
        live.opens(policy, "build")
    codebuild.update_project(
        name="build",
        source={"type": "GITHUB", "location": f"https://{REPOSITORY}"},
        environment=environment(False, STAGE="production"),
    )
    codebuild.update_project_visibility(projectArn=arn, projectVisibility="PRIVATE")
    codebuild.update_webhook(
        projectName="build", filterGroups=[[{"type": "ACTOR_ACCOUNT_ID", "pattern": "^123456$"}]]
    )
    for policy in policies:
        live.resolves(policy, "build")
