"""Judges by what the resource is related to; as the event tells it, or as the API does."""

import json

import boto3
from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    if json.loads(event["ruleParameters"]).get("asked"):
        history = boto3.client("config").get_resource_config_history(
            resourceType=item["resourceType"], resourceId=item["resourceId"]
        )
        told = [(each["relationshipName"], each.get("resourceId")) for each in history["configurationItems"][0]["relationships"]]
    else:
        told = [(each["name"], each["resourceId"]) for each in item["relationships"]]
    where = [which for name, which in told if name.startswith("Is contained in")]
    return put(event, item, "NON_COMPLIANT" if where else "COMPLIANT", ",".join(where) or "in no subnet")
