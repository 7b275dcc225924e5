"""Periodic, on the account as a whole: it asks IAM itself."""

import json

import boto3
import botocore


def lambda_handler(event, context):
    invoking_event = json.loads(event["invokingEvent"])
    assert invoking_event["messageType"] == "ScheduledNotification"
    compliance, note = "COMPLIANT", "long enough"
    try:
        policy = boto3.client("iam").get_account_password_policy()["PasswordPolicy"]
        if policy["MinimumPasswordLength"] < int(json.loads(event["ruleParameters"])["length"]):
            compliance, note = "NON_COMPLIANT", f"{policy['MinimumPasswordLength']} characters are enough"
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        compliance, note = "NON_COMPLIANT", "there is no password policy"
    boto3.client("config").put_evaluations(
        Evaluations=[
            {
                "ComplianceResourceType": "AWS::::Account",
                "ComplianceResourceId": event["accountId"],
                "ComplianceType": compliance,
                "Annotation": note,
                "OrderingTimestamp": invoking_event["notificationCreationTime"],
            }
        ],
        ResultToken=event["resultToken"],
    )
