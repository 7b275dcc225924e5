"""Change-triggered, with a parameter: AWS's own first example of a rule."""

import json

import boto3

config = boto3.client("config", region_name="us-east-1")


def is_applicable(item, event):
    return item["configurationItemStatus"] in ["OK", "ResourceDiscovered"] and event["eventLeftScope"] is False


def lambda_handler(event, context):
    invoking_event = json.loads(event["invokingEvent"])
    rule_parameters = json.loads(event["ruleParameters"])
    value = "NOT_APPLICABLE"
    if is_applicable(invoking_event["configurationItem"], event):
        wanted = rule_parameters["desiredInstanceType"]
        found = invoking_event["configurationItem"]["configuration"]["instanceType"]
        value = "COMPLIANT" if wanted == found else "NON_COMPLIANT"
    response = config.put_evaluations(
        Evaluations=[
            {
                "ComplianceResourceType": invoking_event["configurationItem"]["resourceType"],
                "ComplianceResourceId": invoking_event["configurationItem"]["resourceId"],
                "ComplianceType": value,
                "OrderingTimestamp": invoking_event["configurationItem"]["configurationItemCaptureTime"],
            },
        ],
        ResultToken=event["resultToken"],
    )
    assert response["FailedEvaluations"] == []
