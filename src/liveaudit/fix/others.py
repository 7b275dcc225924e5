"""The fixes of KMS, CloudTrail, ECR, Lambda, SQS and load balancers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liveaudit.fix.row import Call, Fix, Given, Put, Step, UnfixableError, setting

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def _attribute(policy: str, key: str, does: str, beware: str) -> Fix:
    return setting(
        (policy,),
        _BALANCER,
        "elbv2",
        "ModifyLoadBalancerAttributes",
        {
            "LoadBalancerArn": "{arn}",
            "Attributes": [{"Key": key, "Value": Put("true", was=f'attributes."{key}"', absent="false")}],
        },
        sections=("attributes",),
        does=does,
        beware=beware,
    )


def _asks_who_calls(given: Given) -> Sequence[Step]:
    chosen = [each for each in given.sections["urls"] or () if each.get("AuthType") == "NONE"]
    if not chosen:
        raise UnfixableError(
            "no URL of the function is open any more: wait for the next sweep, then look again"
        )
    return [_signed(given, str(each["FunctionArn"])) for each in chosen]


def _signed(given: Given, arn: str) -> Step:
    qualifier = arn.split(":")[7:]
    named: dict[str, Any] = {"FunctionName": given.resource.id}
    if qualifier:
        named["Qualifier"] = qualifier[0]
    operation = "UpdateFunctionUrlConfig"
    return Step(
        Call("lambda", operation, {**named, "AuthType": "AWS_IAM"}),
        Call("lambda", operation, {**named, "AuthType": "NONE"}),
    )


FIXES = (
    setting(
        ("kms_cmk_rotation_enabled",),
        "AWS::KMS::Key",
        "kms",
        "EnableKeyRotation",
        {"KeyId": "{id}"},
        undo="DisableKeyRotation",
        sections=("rotation",),
        does="Has the key rotated every year; what was encrypted before stays readable.",
    ),
    setting(
        ("kms_cmk_not_deleted_unintentionally",),
        "AWS::KMS::Key",
        "kms",
        "CancelKeyDeletion",
        {"KeyId": "{id}"},
        why_no_undo="A key is not given over to deletion from here: who wants that schedules it by hand.",
        sections=("key",),
        does="Cancels the key's deletion. It stays disabled: enable it where it is needed.",
    ),
    setting(
        ("cloudtrail_trail_logging_stopped",),
        "AWS::CloudTrail::Trail",
        "cloudtrail",
        "StartLogging",
        {"Name": "{id}"},
        why_no_undo="A trail is not stopped from here: who wants that does it by hand.",
        sections=("status",),
        does="Starts the trail again. What happened meanwhile is not in its log.",
    ),
    setting(
        ("cloudtrail_log_file_validation_enabled",),
        "AWS::CloudTrail::Trail",
        "cloudtrail",
        "UpdateTrail",
        {"Name": "{id}", "EnableLogFileValidation": Put(True, was="trail.LogFileValidationEnabled")},
        sections=("trail",),
        does="Has the trail sign digests of its log files.",
    ),
    setting(
        ("ecr_repositories_scan_images_on_push_enabled",),
        "AWS::ECR::Repository",
        "ecr",
        "PutImageScanningConfiguration",
        {
            "repositoryName": "{id}",
            "imageScanningConfiguration": {
                "scanOnPush": Put(True, was="repository.imageScanningConfiguration.scanOnPush")
            },
        },
        sections=("repository",),
        does="Has images scanned when they are pushed.",
        beware="Where the registry has scanning rules of its own they decide, and this changes nothing.",
    ),
    setting(
        ("ecr_repositories_tag_immutability",),
        "AWS::ECR::Repository",
        "ecr",
        "PutImageTagMutability",
        {
            "repositoryName": "{id}",
            "imageTagMutability": Put("IMMUTABLE", was="repository.imageTagMutability"),
        },
        sections=("repository",),
        does="Makes the repository's tags immutable.",
        beware="Pipelines that push a tag again, as latest, are refused.",
    ),
    Fix(
        ("awslambda_function_url_public",),
        "AWS::Lambda::Function",
        _asks_who_calls,
        frozenset({("lambda", "UpdateFunctionUrlConfig")}),
        frozenset({"urls"}),
        "Has the function's URLs take only calls that are signed by somebody who may (AWS_IAM).",
        "Callers without AWS credentials are refused.",
    ),
    setting(
        ("sqs_queues_server_side_encryption_enabled",),
        "AWS::SQS::Queue",
        "sqs",
        "SetQueueAttributes",
        {
            "QueueUrl": "https://sqs.{region}.{domain}/{account}/{id}",
            "Attributes": {
                "SqsManagedSseEnabled": Put("true", was="attributes.SqsManagedSseEnabled", absent="false")
            },
        },
        sections=("attributes",),
        does="Has the queue encrypt its messages with a key of SQS, which costs nothing.",
    ),
    _attribute(
        "elbv2_deletion_protection",
        "deletion_protection.enabled",
        "Turns the load balancer's deletion protection on.",
        "Whoever deletes it on purpose has to turn it off first.",
    ),
    _attribute(
        "elbv2_alb_drop_invalid_header_fields_enabled",
        "routing.http.drop_invalid_header_fields.enabled",
        "Has the load balancer drop headers with invalid names.",
        "Applications that need headers with odd names, as with underscores, lose them.",
    ),
)
