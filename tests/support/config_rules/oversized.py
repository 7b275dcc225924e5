"""Module style on an oversized item: it asks for the history and turns it into the form of a notification."""

import json

import boto3
from shared_helper import put


def get_item(invoking_event):
    if invoking_event["messageType"] != "OversizedConfigurationItemChangeNotification":
        return invoking_event["configurationItem"]
    summary = invoking_event["configurationItemSummary"]
    client = boto3.session.Session().client("config")
    answer = client.get_resource_config_history(
        resourceType=summary["resourceType"], resourceId=summary["resourceId"], limit=1
    )
    item = answer["configurationItems"][0]
    item["configuration"] = json.loads(item["configuration"])
    return item


def lambda_handler(event, context):
    invoking_event = json.loads(event["invokingEvent"])
    item = get_item(invoking_event)
    item["configurationItemCaptureTime"] = str(item["configurationItemCaptureTime"])
    count = len(item["configuration"]["ipPermissions"])
    put(event, item, "NON_COMPLIANT" if count > 100 else "COMPLIANT", f"{count} rules, {invoking_event['messageType']}")
