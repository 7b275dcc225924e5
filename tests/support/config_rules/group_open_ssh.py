"""Change-triggered, in one module: no security group is open to the world on port 22."""

import json

import boto3

APPLICABLE = ["AWS::EC2::SecurityGroup"]


def evaluate_compliance(item):
    if item["resourceType"] not in APPLICABLE:
        return "NOT_APPLICABLE", "other type"
    for permission in item["configuration"]["ipPermissions"]:
        covers = permission["ipProtocol"] == "-1" or permission["fromPort"] <= 22 <= permission["toPort"]
        if covers and ("0.0.0.0/0" in permission["ipRanges"]):
            return "NON_COMPLIANT", "port 22 is open to " + permission["ipv4Ranges"][0]["cidrIp"]
    return "COMPLIANT", "closed"


def lambda_handler(event, context):
    invoking_event = json.loads(event["invokingEvent"])
    item = invoking_event["configurationItem"]
    compliance, annotation = evaluate_compliance(item)
    config = boto3.client("config")
    config.put_evaluations(
        Evaluations=[
            {
                "ComplianceResourceType": item["resourceType"],
                "ComplianceResourceId": item["resourceId"],
                "ComplianceType": compliance,
                "Annotation": annotation,
                "OrderingTimestamp": item["configurationItemCaptureTime"],
            },
        ],
        ResultToken=event["resultToken"],
    )
