"""Change-triggered: it takes a key that is not in the item for one that is not set."""

from json import loads

from shared_helper import put


def lambda_handler(event, context):
    item = loads(event["invokingEvent"])["configurationItem"]
    put(event, item, "NON_COMPLIANT" if item["configuration"].get("keyName") else "COMPLIANT")
