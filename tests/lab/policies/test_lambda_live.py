"""Lambda's policies by real calls in the lab."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return 1")
    return packed.getvalue()


def test_a_function(live: Live) -> None:
    iam, client = live.client("iam"), live.client("lambda")
    role = iam.create_role(RoleName="orders", Path="/apps/", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="orders", PolicyArn=ADMIN)
    client.create_function(
        FunctionName="orders",
        Role=role["Role"]["Arn"],
        Runtime="python3.8",
        Handler="index.handler",
        Code={"ZipFile": code()},
        Environment={"Variables": {"DB_PASSWORD": "hunter2"}},
    )
    client.add_permission(
        FunctionName="orders", StatementId="all", Action="lambda:InvokeFunction", Principal="*"
    )
    client.create_function_url_config(FunctionName="orders", AuthType="NONE")
    policies = (
        "awslambda_function_no_secrets_in_variables",
        "awslambda_function_not_publicly_accessible",
        "awslambda_function_role_admin",
        "awslambda_function_url_public",
        "awslambda_function_using_supported_runtimes",
    )
    for policy in policies:
        live.opens(policy, "orders")
    client.update_function_configuration(
        FunctionName="orders", Runtime="python3.13", Environment={"Variables": {"DB_SECRET": "prod/db"}}
    )
    client.remove_permission(FunctionName="orders", StatementId="all")
    client.update_function_url_config(FunctionName="orders", AuthType="AWS_IAM")
    # the role's own event reaches the function by the edge between them
    iam.detach_role_policy(RoleName="orders", PolicyArn=ADMIN)
    for policy in policies:
        live.resolves(policy, "orders")
