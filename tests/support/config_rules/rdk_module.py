"""The Rule Development Kit's module style before rdklib: everything is in the file, with a role that is assumed."""

import datetime
import json
import logging

import boto3
import botocore

ASSUME_ROLE_MODE = True
DEFAULT_RESOURCE_TYPE = "AWS::::Account"
LOG = logging.getLogger()


def evaluate_compliance(event, configuration_item, valid_rule_parameters):
    identity = get_client("sts", event).get_caller_identity()["Account"]
    mode = configuration_item["configuration"]["tracingConfig"]["mode"]
    if mode == "Active":
        return build_evaluation_from_config_item(configuration_item, "COMPLIANT")
    return build_evaluation_from_config_item(configuration_item, "NON_COMPLIANT", f"tracing is {mode} in {identity}")


def build_evaluation_from_config_item(configuration_item, compliance_type, annotation=None):
    made = {}
    if annotation:
        made["Annotation"] = annotation
    made["ComplianceResourceType"] = configuration_item["resourceType"]
    made["ComplianceResourceId"] = configuration_item["resourceId"]
    made["ComplianceType"] = compliance_type
    made["OrderingTimestamp"] = configuration_item["configurationItemCaptureTime"]
    return made


def get_client(service, event, region=None):
    if not ASSUME_ROLE_MODE:
        return boto3.client(service, region)
    credentials = get_assume_role_credentials(event["executionRoleArn"])
    return boto3.client(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )


def get_assume_role_credentials(role_arn):
    sts_client = boto3.client("sts")
    try:
        response = sts_client.assume_role(RoleArn=role_arn, RoleSessionName="configLambdaExecution", DurationSeconds=900)
        assert response["Credentials"]["Expiration"] > datetime.datetime.now(datetime.timezone.utc)
        return response["Credentials"]
    except botocore.exceptions.ClientError as error:
        raise RuntimeError("no role") from error


def lambda_handler(event, context):
    LOG.warning("invoked %s", event["configRuleArn"])
    print("to standard output")
    invoking_event = json.loads(event["invokingEvent"])
    rule_parameters = json.loads(event["ruleParameters"]) if "ruleParameters" in event else {}
    result = evaluate_compliance(event, invoking_event["configurationItem"], rule_parameters)
    evaluations = [result]
    config = get_client("config", event)
    test_mode = event["resultToken"] == "TESTMODE"
    while evaluations:
        config.put_evaluations(Evaluations=evaluations[:100], ResultToken=event["resultToken"], TestMode=test_mode)
        del evaluations[:100]
    return [result]
