"""Events of tagging lead to what is tagged, and touch its tags.

How CloudTrail writes the parameters: the API's own names, with a small first letter.
"""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance, match
from liveaudit.catalog.types import ResourceType
from liveaudit.custom.tagged import tagged_sections
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
        (
            "dms",
            "AddTagsToResource",
            {"resourceArn": f"arn:aws:dms:{HERE}:rep:ABC"},
            "DMS::ReplicationInstance",
            f"arn:aws:dms:{HERE}:rep:ABC",
        ),
        (
            "dms",
            "RemoveTagsFromResource",
            {"resourceArn": f"arn:aws:dms:{HERE}:endpoint:ABC"},
            "DMS::Endpoint",
            f"arn:aws:dms:{HERE}:endpoint:ABC",
        ),
        (
            "sagemaker",
            "AddTags",
            {"resourceArn": f"arn:aws:sagemaker:{HERE}:domain/d-1"},
            "SageMaker::Domain",
            "d-1",
        ),
        ("glue", "TagResource", {"resourceArn": f"arn:aws:glue:{HERE}:job/j"}, "Glue::Job", "j"),
        (
            "glue",
            "UntagResource",
            {"resourceArn": f"arn:aws:glue:{HERE}:connection/c"},
            "Glue::Connection",
            "c",
        ),
        (
            "glue",
            "TagResource",
            {"resourceArn": f"arn:aws:glue:{HERE}:devEndpoint/d"},
            "Glue::DevEndpoint",
            "d",
        ),
        (
            "glue",
            "TagResource",
            {"resourceArn": f"arn:aws:glue:{HERE}:mlTransform/t"},
            "Glue::MLTransform",
            "t",
        ),
        (
            "wafv2",
            "TagResource",
            {"resourceARN": f"arn:aws:wafv2:{HERE}:regional/webacl/w/1"},
            "WAFv2::WebACL",
            "w/1",
        ),
        (
            "wafv2",
            "UntagResource",
            {"resourceARN": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/1"},
            "WAFv2::CloudFrontWebACL",
            "w/1",
        ),
        (
            "s3",
            "TagResource",
            {"resourceArn": f"arn:aws:s3:{HERE}:accesspoint/a"},
            "S3::AccessPoint",
            "a",
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


@pytest.mark.parametrize(
    ("source", "name", "asked", "type_name", "alias"),
    [
        ("rds", "AddTagsToResource", "resourceName", "RDS::DBProxy", f"arn:aws:rds:{HERE}:db-proxy:prx-0a"),
        *(
            (
                "sagemaker",
                "DeleteTags",
                "resourceArn",
                f"SageMaker::{kind}",
                f"arn:aws:sagemaker:{HERE}:{at}/n",
            )
            for kind, at in (
                ("NotebookInstance", "notebook-instance"),
                ("Model", "model"),
                ("EndpointConfig", "endpoint-config"),
            )
        ),
        (
            "backup",
            "TagResource",
            "resourceArn",
            "Backup::RecoveryPoint",
            f"arn:aws:backup:{HERE}:recovery-point:1EB3B5E7",
        ),
    ],
)
def test_what_has_another_name_in_its_arn_is_looked_for(
    source: str, name: str, asked: str, type_name: str, alias: str
) -> None:
    found = match(CATALOG, event(source, name, {asked: alias})).targets
    assert [(each.resource.type, each.alias, each.sections) for each in found] == [
        (f"AWS::{type_name}", True, frozenset({"tags"}))
    ]
    assert found[0].resource.id.endswith(f"Arn={alias}")


@pytest.mark.parametrize(
    ("source", "name", "asked"),
    [
        ("rds", "AddTagsToResource", {"resourceName": f"arn:aws:rds:{HERE}:og:options"}),
        ("sagemaker", "AddTags", {"resourceArn": f"arn:aws:sagemaker:{HERE}:training-job/n"}),
        ("backup", "TagResource", {"resourceArn": f"arn:aws:backup:{HERE}:framework:f"}),
        ("glue", "TagResource", {"resourceArn": f"arn:aws:glue:{HERE}:crawler/c"}),
        ("dms", "AddTagsToResource", {"resourceArn": f"arn:aws:dms:{HERE}:task:ABC"}),
        ("wafv2", "TagResource", {"resourceARN": f"arn:aws:wafv2:{HERE}:regional/ipset/i/1"}),
        ("s3", "TagResource", {"resourceArn": f"arn:aws:s3express:{HERE}:bucket/b--use1-az4--x-s3"}),
    ],
)
def test_what_is_not_covered_touches_nothing(source: str, name: str, asked: dict[str, Any]) -> None:
    found = match(CATALOG, event(source, name, asked))
    assert (found.relevance, found.targets) == (Relevance.IGNORED, ())


def test_a_bucket_is_tagged_by_two_operations() -> None:
    tagged = match(CATALOG, event("s3", "TagResource", {"resourceArn": "arn:aws:s3:::b"})).targets
    assert [(each.resource.id, each.sections) for each in tagged] == [("b", frozenset({"tagging"}))]


@pytest.mark.parametrize("resource_type", list(CATALOG), ids=lambda each: each.name)
def test_tags_are_read_of_every_type_that_has_some(resource_type: ResourceType) -> None:
    may_have = resource_type.may_be_tagged and not resource_type.ids_are_fixed
    assert bool(tagged_sections(resource_type)) == may_have
