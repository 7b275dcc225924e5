"""Looks through the keys of an item, in one of several ways."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    keys = item["configuration"].keys()
    how = json.loads(event["ruleParameters"])["how"]
    found = {
        "known": lambda: "instanceType" in keys,
        "unread": lambda: "keyName" not in keys,
        "all": lambda: [each for each in keys if each.startswith("key")] == [],
        "popped": lambda: item["configuration"].pop("keyName", None) is None,
    }[how]()
    return put(event, item, "COMPLIANT" if found else "NON_COMPLIANT")
