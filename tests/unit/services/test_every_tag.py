"""Events of tagging lead to what is tagged, and touch its tags.

How CloudTrail writes the parameters: the API's own names, with a small first letter.
"""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.services import load
from tests.support.events import event

CATALOG, _ = load()
HERE = "eu-west-1:111122223333"


@pytest.mark.parametrize(
    ("source", "name", "asked", "type_name", "resource_id"),
    [
        ("iam", "TagUser", {"userName": "u"}, "IAM::User", "u"),
        ("iam", "UntagRole", {"roleName": "r", "tagKeys": ["a"]}, "IAM::Role", "r"),
        (
            "iam",
            "TagPolicy",
            {"policyArn": "arn:aws:iam::111122223333:policy/p"},
            "IAM::ManagedPolicy",
            "arn:aws:iam::111122223333:policy/p",
        ),
        ("iam", "TagServerCertificate", {"serverCertificateName": "c"}, "IAM::ServerCertificate", "c"),
        (
            "autoscaling",
            "CreateOrUpdateTags",
            {"tags": [{"resourceId": "g", "resourceType": "auto-scaling-group", "key": "a"}]},
            "AutoScaling::AutoScalingGroup",
            "g",
        ),
        (
            "apigateway",
            "TagResource",
            {"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a1"},
            "ApiGateway::RestApi",
            "a1",
        ),
        (
            "apigateway",
            "UntagResource",
            {"resourceArn": "arn:aws:apigateway:eu-west-1::/apis/a2"},
            "ApiGatewayV2::Api",
            "a2",
        ),
        ("eks", "TagResource", {"resourceArn": f"arn:aws:eks:{HERE}:cluster/c"}, "EKS::Cluster", "c"),
        (
            "cognito-idp",
            "TagResource",
            {"resourceArn": f"arn:aws:cognito-idp:{HERE}:userpool/eu-west-1_a"},
            "Cognito::UserPool",
            "eu-west-1_a",
        ),
        ("elasticmapreduce", "AddTags", {"resourceId": "j-1"}, "EMR::Cluster", "j-1"),
        ("ecs", "TagResource", {"resourceArn": f"arn:aws:ecs:{HERE}:cluster/c"}, "ECS::Cluster", "c"),
        ("ecs", "TagResource", {"resourceArn": f"arn:aws:ecs:{HERE}:service/c/s"}, "ECS::Service", "c/s"),
        (
            "ecs",
            "UntagResource",
            {"resourceArn": f"arn:aws:ecs:{HERE}:task-definition/web:3"},
            "ECS::TaskDefinition",
            "web",
        ),
        (
            "elasticloadbalancing",
            "AddTags",
            {"resourceArns": [f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/web/0a1b"]},
            "ElasticLoadBalancingV2::LoadBalancer",
            "app/web/0a1b",
        ),
        (
            "elasticloadbalancing",
            "RemoveTags",
            {"loadBalancerNames": ["old"]},
            "ElasticLoadBalancing::LoadBalancer",
            "old",
        ),
        ("kinesis", "AddTagsToStream", {"streamName": "s"}, "Kinesis::Stream", "s"),
        (
            "states",
            "TagResource",
            {"resourceArn": f"arn:aws:states:{HERE}:stateMachine:m"},
            "StepFunctions::StateMachine",
            "m",
        ),
        (
            "backup",
            "TagResource",
            {"resourceArn": f"arn:aws:backup:{HERE}:backup-vault:v"},
            "Backup::BackupVault",
            "v",
        ),
        (
            "backup",
            "UntagResource",
            {"resourceArn": f"arn:aws:backup:{HERE}:backup-plan:p"},
            "Backup::BackupPlan",
            "p",
        ),
        (
            "events",
            "TagResource",
            {"resourceARN": f"arn:aws:events:{HERE}:event-bus/b"},
            "Events::EventBus",
            "b",
        ),
        (
            "firehose",
            "TagDeliveryStream",
            {"deliveryStreamName": "d"},
            "KinesisFirehose::DeliveryStream",
            "d",
        ),
        (
            "cloudfront",
            "TagResource",
            {"resource": "arn:aws:cloudfront::111122223333:distribution/E1"},
            "CloudFront::Distribution",
            "E1",
        ),
        (
            "athena",
            "TagResource",
            {"resourceARN": f"arn:aws:athena:{HERE}:workgroup/w"},
            "Athena::WorkGroup",
            "w",
        ),
    ],
)
def test_it_touches_the_tags_alone(
    source: str, name: str, asked: dict[str, Any], type_name: str, resource_id: str
) -> None:
    found = match(CATALOG, event(source, name, asked)).targets
    assert [(each.resource.type, each.resource.id, each.sections) for each in found] == [
        (f"AWS::{type_name}", resource_id, frozenset({"tags"}))
    ]
