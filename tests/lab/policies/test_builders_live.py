"""The policies of SageMaker, Step Functions and CloudFormation by real calls in the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
NOTEBOOK = "sagemaker_notebook_instance_"


def test_a_notebook_instance(live: Live) -> None:
    sagemaker = live.client("sagemaker")
    role = f"arn:aws:iam::{live.account}:role/lab"
    sagemaker.create_notebook_instance(
        NotebookInstanceName="Lab",
        InstanceType="ml.t3.medium",
        RoleArn=role,
        DirectInternetAccess="Enabled",
        RootAccess="Enabled",
    )
    root = f"{NOTEBOOK}root_access_disabled"
    fixed = [
        f"{NOTEBOOK}{name}"
        for name in (
            "without_direct_internet_access_configured",
            "vpc_settings_configured",
            "encryption_enabled",
        )
    ]
    for policy in (root, *fixed):
        live.opens(policy, "Lab")
    sagemaker.stop_notebook_instance(NotebookInstanceName="Lab")
    sagemaker.update_notebook_instance(NotebookInstanceName="Lab", RootAccess="Disabled")
    live.resolves(root, "Lab")
    # the others cannot be changed
    sagemaker.delete_notebook_instance(NotebookInstanceName="Lab")
    live.archives(fixed[0], "Lab")
    sagemaker.create_notebook_instance(
        NotebookInstanceName="Lab",
        InstanceType="ml.t3.medium",
        RoleArn=role,
        SubnetId="subnet-1",
        SecurityGroupIds=["sg-1"],
        KmsKeyId="key",
        DirectInternetAccess="Disabled",
    )
    for policy in fixed:
        live.verdict(policy, "Lab", "PASS")


def test_a_model(live: Live) -> None:
    """moto drops EnableNetworkIsolation, so that no model is isolated there."""
    sagemaker = live.client("sagemaker")
    sagemaker.create_model(
        ModelName="open",
        ExecutionRoleArn=f"arn:aws:iam::{live.account}:role/lab",
        PrimaryContainer={"Image": "app:1"},
    )
    live.opens("sagemaker_models_network_isolation_enabled", "open")
    sagemaker.delete_model(ModelName="open")
    live.archives("sagemaker_models_network_isolation_enabled", "open")


def test_a_state_machine(live: Live) -> None:
    states = live.client("stepfunctions")

    def definition(**parameters: str) -> str:
        task: dict[str, Any] = {"Type": "Pass", "Parameters": parameters, "End": True}
        return json.dumps({"StartAt": "Call", "States": {"Call": task}})

    made = states.create_state_machine(
        name="orders",
        definition=definition(password="hunter2"),
        roleArn=f"arn:aws:iam::{live.account}:role/orders",
    )
    policies = (
        "stepfunctions_statemachine_logging_enabled",
        "stepfunctions_statemachine_no_secrets_in_definition",
    )
    for policy in policies:
        live.opens(policy, "orders")
    group = f"arn:aws:logs:{live.region}:{live.account}:log-group:orders:*"
    states.update_state_machine(
        stateMachineArn=made["stateMachineArn"],
        definition=definition(SecretId="prod/orders"),
        loggingConfiguration={
            "level": "ERROR",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        },
    )
    for policy in policies:
        live.resolves(policy, "orders")


def test_a_stack(live: Live) -> None:
    cloudformation = live.client("cloudformation")

    def template(value: str) -> str:
        return json.dumps(
            {
                "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
                "Outputs": {"AdminPassword": {"Value": value}},
            }
        )

    cloudformation.create_stack(StackName="web", TemplateBody=template("hunter2"))
    live.opens("cloudformation_stack_outputs_find_secrets", "web")
    arn = f"arn:aws:secretsmanager:{live.region}:{live.account}:secret:web-AbCdEf"
    cloudformation.update_stack(StackName="web", TemplateBody=template(arn))
    live.resolves("cloudformation_stack_outputs_find_secrets", "web")
