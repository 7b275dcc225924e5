"""AWS's sample style on an oversized item: the item of the API is turned into one of an event in place, field by field."""

import json

import boto3
from shared_helper import put

config = boto3.client("config")


def convert_api_configuration(item):
    for name, model in (("awsAccountId", "accountId"), ("ARN", "arn"), ("configurationStateMd5Hash", "configurationItemMD5Hash")):
        item[name] = item[model]
    item["configuration"] = json.loads(item["configuration"])
    if "relationships" in item:
        for relationship in item["relationships"]:
            relationship["name"] = relationship["relationshipName"]
    return item


def get_configuration_item(invoking_event):
    if invoking_event["messageType"] == "OversizedConfigurationItemChangeNotification":
        summary = invoking_event["configurationItemSummary"]
        answer = config.get_resource_config_history(
            resourceType=summary["resourceType"], resourceId=summary["resourceId"], limit=1
        )
        return convert_api_configuration(answer["configurationItems"][0])
    return invoking_event["configurationItem"]


def lambda_handler(event, context):
    item = get_configuration_item(json.loads(event["invokingEvent"]))
    if json.loads(event["ruleParameters"]).get("related"):
        return put(event, item, "COMPLIANT" if item["relationships"] else "NON_COMPLIANT")
    return put(event, item, "COMPLIANT", f"{len(item['configuration']['ipPermissions'])} rules of {item['awsAccountId']}")
