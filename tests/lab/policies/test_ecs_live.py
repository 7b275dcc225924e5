"""ECS's policies by real calls in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_family_of_task_definitions(live: Live) -> None:
    ecs = live.client("ecs")
    ecs.register_task_definition(
        family="web",
        networkMode="host",
        pidMode="host",
        containerDefinitions=[
            {
                "name": "app",
                "image": "app:1",
                "memory": 128,
                "privileged": True,
                "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}],
            }
        ],
    )
    policies = [
        f"ecs_task_definitions_{name}"
        for name in (
            "containers_readonly_access",
            "host_namespace_not_shared",
            "logging_enabled",
            "no_environment_secrets",
            "no_privileged_containers",
            "host_networking_mode_users",
        )
    ]
    for policy in policies:
        live.opens(policy, "web")
    ecs.register_task_definition(
        family="web",
        networkMode="host",
        containerDefinitions=[
            {
                "name": "app",
                "image": "app:1",
                "memory": 128,
                "user": "1000",
                "readonlyRootFilesystem": True,
                "logConfiguration": {"logDriver": "awslogs"},
            }
        ],
    )
    for policy in policies:
        live.resolves(policy, "web")


def test_a_service(live: Live) -> None:
    ecs, ec2 = live.client("ecs"), live.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]

    def network(public: str) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": public}
        }

    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(
        family="plain", containerDefinitions=[{"name": "app", "image": "app:1", "memory": 128}]
    )
    ecs.create_service(
        cluster="main",
        serviceName="web",
        taskDefinition="plain",
        desiredCount=0,
        networkConfiguration=network("ENABLED"),
        deploymentController={"type": "EXTERNAL"},
    )
    made = ecs.create_task_set(
        cluster="main", service="web", taskDefinition="plain", networkConfiguration=network("ENABLED")
    )
    live.opens("ecs_service_no_assign_public_ip", "main/web")
    live.opens("ecs_task_set_no_assign_public_ip", "main/web")
    ecs.delete_task_set(cluster="main", service="web", taskSet=made["taskSet"]["taskSetArn"])
    live.resolves("ecs_task_set_no_assign_public_ip", "main/web")
    ecs.delete_service(cluster="main", service="web", force=True)
    live.archives("ecs_service_no_assign_public_ip", "main/web")
    ecs.create_service(
        cluster="main",
        serviceName="web",
        taskDefinition="plain",
        desiredCount=0,
        networkConfiguration=network("DISABLED"),
    )
    live.verdict("ecs_service_no_assign_public_ip", "main/web", "PASS")
