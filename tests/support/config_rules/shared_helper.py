"""What several rules import from beside them, as they do in a Lambda package."""

import boto3

config = boto3.client("config")


def put(event, item, compliance, annotation=None):
    evaluation = {
        "ComplianceResourceType": item["resourceType"],
        "ComplianceResourceId": item["resourceId"],
        "ComplianceType": compliance,
        "OrderingTimestamp": item["configurationItemCaptureTime"],
    }
    if annotation:
        evaluation["Annotation"] = annotation
    return config.put_evaluations(Evaluations=[evaluation], ResultToken=event["resultToken"])
