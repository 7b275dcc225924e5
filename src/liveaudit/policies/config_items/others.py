"""Items of databases, load balancers, keys, trails, functions, queues and topics.

Source: properties of these types in AWS's resource schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.kinds import MANY_ZONES, REGIONAL, ItemKind, Sections, described, id_at
from liveaudit.policies.config_items.relationships import GROUP, SUBNET, VPC, Relation, by_name, last_part
from liveaudit.policies.config_items.spelling import LATER, OLD

_NUMBERS = (
    *("DelaySeconds", "KmsDataKeyReusePeriodSeconds", "MaximumMessageSize", "MessageRetentionPeriod"),
    *("ReceiveMessageWaitTimeSeconds", "VisibilityTimeout"),
)
"""Attributes of a queue that the API tells as texts and AWS Config as numbers."""
_BOTH = ("resourceId", "resourceName")
_SECRET = ("ARN", "Name", "RotationEnabled", "RotationLambdaARN")
_RULES = {
    "AutomaticallyAfterDays": "AutomaticallyAfterDays",
    "Duration": "RotationDuration",
    "ScheduleExpression": "RotationScheduleExpression",
}
"""The API's names of rotation rules, and AWS Config's."""


def _logging(_resource: Resource, sections: Sections) -> dict[str, Any]:
    return {"LoggingStatus": OLD.told(sections.get("logging") or {})}


def _snapshot_attributes(_resource: Resource, sections: Sections) -> dict[str, Any]:
    return {"DBSnapshotAttributes": OLD.told(sections.get("attributes") or [])}


def _cluster_snapshot_attributes(_resource: Resource, sections: Sections) -> dict[str, Any]:
    told = LATER.told(sections.get("attributes") or [])
    return {"DBClusterSnapshotAttributes": told}


def _classic_balancer(_resource: Resource, sections: Sections) -> dict[str, Any]:
    attributes = dict(sections.get("attributes") or {})
    return {
        "LoadBalancerAttributes": LATER.told(attributes),
        "LoadBalancerPolicies": LATER.told(sections.get("policies") or []),
    }


def _balancer(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """The attributes are a list of keys and values in AWS Config too."""
    attributes = sections.get("attributes") or {}
    if isinstance(attributes, Mapping):
        attributes = [{"Key": key, "Value": each} for key, each in attributes.items()]
    return {"LoadBalancerAttributes": OLD.told(attributes)}


def _backups(_resource: Resource, sections: Sections) -> dict[str, Any]:
    recovery = sections.get("point_in_time_recovery")
    return {
        "ContinuousBackupsDescription": {
            "continuousBackupsStatus": "ENABLED",
            "pointInTimeRecoveryDescription": LATER.told(
                recovery or {"PointInTimeRecoveryStatus": "DISABLED"}
            ),
        }
    }


def _key(_resource: Resource, sections: Sections) -> dict[str, Any]:
    rotation = sections.get("rotation") or {}
    return {
        "Policy": sections.get("policy_document"),
        "KeyRotationStatus": bool(rotation.get("KeyRotationEnabled")),
    }


def _queue(resource: Resource, sections: Sections) -> dict[str, Any]:
    """The attributes under their own names, with the queue's name beside them."""
    made = dict(sections.get("attributes") or {})
    made |= {key: int(made[key]) for key in _NUMBERS if str(made.get(key, "")).isdecimal()}
    return {**made, "QueueName": resource.id}


def _function_policy(_resource: Resource, sections: Sections) -> dict[str, Any]:
    policy = sections.get("policy_document")
    return {} if policy is None else {"Policy": policy}


def _secret(_resource: Resource, sections: Sections) -> dict[str, Any]:
    secret = dict(sections.get("secret") or {})
    made = {key: secret[key] for key in _SECRET if secret.get(key) is not None}
    if secret.get("KmsKeyId") is not None:
        made["KMSKeyId"] = secret["KmsKeyId"]
    if rules := secret.get("RotationRules"):
        made["RotationRules"] = {_RULES[key]: each for key, each in rules.items() if key in _RULES}
    return {**made, "Deleted": secret.get("DeletedDate") is not None}


def _topic(_resource: Resource, sections: Sections) -> dict[str, Any]:
    return dict(sections.get("attributes") or {})


KINDS = (
    ItemKind(
        "AWS::RDS::DBInstance",
        ("instance",),
        described("instance", OLD),
        resource_id=id_at("dbiResourceId"),
        created="instanceCreateTime",
        zone="availabilityZone",
        relations=(
            Relation(
                "Is associated with DBSubnetGroup",
                "AWS::RDS::DBSubnetGroup",
                "dBSubnetGroup.dBSubnetGroupName",
            ),
            Relation("Is associated with SecurityGroup", GROUP, "vpcSecurityGroups.vpcSecurityGroupId"),
        ),
    ),
    ItemKind(
        "AWS::RDS::DBCluster",
        ("cluster",),
        described("cluster", LATER),
        resource_id=id_at("dbClusterResourceId"),
        created="clusterCreateTime",
        zone=MANY_ZONES,
        relations=(
            by_name("Is associated with ", "AWS::RDS::DBSubnetGroup", "dbsubnetGroup"),
            Relation("Is associated with ", GROUP, "vpcSecurityGroups.vpcSecurityGroupId"),
            by_name("Contains ", "AWS::RDS::DBInstance", "dbclusterMembers.dbinstanceIdentifier"),
        ),
    ),
    ItemKind(
        "AWS::RDS::DBClusterSnapshot",
        ("snapshot", "attributes"),
        described("snapshot", LATER),
        supplementary=_cluster_snapshot_attributes,
        created="snapshotCreateTime",
        zone=MANY_ZONES,
        relations=(
            Relation("Is associated with ", VPC, "vpcId"),
            by_name("Is associated with ", "AWS::RDS::DBCluster", "dbclusterIdentifier"),
        ),
    ),
    ItemKind(
        "AWS::RDS::DBSnapshot",
        ("snapshot", "attributes"),
        described("snapshot", OLD),
        supplementary=_snapshot_attributes,
        created="snapshotCreateTime",
        zone="availabilityZone",
    ),
    ItemKind(
        "AWS::Redshift::Cluster",
        ("cluster", "logging"),
        described("cluster", OLD),
        supplementary=_logging,
        created="clusterCreateTime",
        zone="availabilityZone",
        relations=(
            Relation(
                "Is associated with ClusterParameterGroup",
                "AWS::Redshift::ClusterParameterGroup",
                "clusterParameterGroups.parameterGroupName",
                _BOTH,
            ),
            Relation(
                "Is associated with ClusterSubnetGroup",
                "AWS::Redshift::ClusterSubnetGroup",
                "clusterSubnetGroupName",
                _BOTH,
            ),
            Relation("Is associated with SecurityGroup", GROUP, "vpcSecurityGroups.vpcSecurityGroupId"),
            Relation("Is associated with Vpc", VPC, "vpcId"),
        ),
    ),
    ItemKind(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        ("load_balancer", "attributes", "policies"),
        described("load_balancer", LATER),
        supplementary=_classic_balancer,
        created="createdTime",
        zone=MANY_ZONES,
        relations=(
            Relation("Is associated with ", GROUP, "securityGroups"),
            Relation("Is attached to ", SUBNET, "subnets"),
            Relation("Is contained in ", VPC, "vpcid"),
        ),
    ),
    ItemKind(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ("load_balancer", "attributes"),
        described("load_balancer", OLD),
        supplementary=_balancer,
        resource_id=id_at("loadBalancerArn"),
        created="createdTime",
        zone=MANY_ZONES,
    ),
    ItemKind(
        "AWS::DynamoDB::Table",
        ("table", "point_in_time_recovery"),
        described("table", LATER),
        supplementary=_backups,
        created="creationDateTime",
        relations=(),
    ),
    ItemKind(
        "AWS::KMS::Key",
        ("key", "policy_document", "rotation"),
        described("key", LATER),
        supplementary=_key,
        created="creationDate",
        relations=(),
    ),
    ItemKind("AWS::CloudTrail::Trail", ("trail",), described("trail", OLD), zone=REGIONAL, relations=()),
    ItemKind(
        "AWS::Lambda::Function",
        ("configuration", "policy_document"),
        described("configuration", LATER, "MasterArn"),
        supplementary=_function_policy,
        relations=(
            by_name("Is associated with ", "AWS::IAM::Role", "role", last_part),
            Relation("Is associated with ", GROUP, "vpcConfig.securityGroupIds"),
            Relation("Is contained in ", SUBNET, "vpcConfig.subnetIds"),
        ),
        unread=("supplementaryConfiguration.Concurrency",),
    ),
    ItemKind("AWS::SNS::Topic", ("attributes",), _topic, resource_id=id_at("TopicArn"), relations=()),
    ItemKind("AWS::SQS::Queue", ("attributes",), _queue, relations=()),
    ItemKind(
        "AWS::CertificateManager::Certificate",
        ("certificate",),
        described("certificate", OLD),
        recorded_as="AWS::ACM::Certificate",
        resource_id=id_at("certificateArn"),
        created="createdAt",
        relations=(),
    ),
    ItemKind(
        "AWS::SecretsManager::Secret",
        ("secret",),
        _secret,
        resource_id=id_at("ARN"),
        unread=("configuration.Description", "configuration.RotationOccurringAsScheduled"),
    ),
)
