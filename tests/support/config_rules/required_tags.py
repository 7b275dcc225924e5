"""Change-triggered, with several parameters, on any type: tags that have to be there, and the values they may have."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    parameters = json.loads(event["ruleParameters"])
    tags = item.get("tags")
    for number in range(1, 7):
        key = parameters.get(f"tag{number}Key")
        if not key:
            continue
        if key not in tags:
            return put(event, item, "NON_COMPLIANT", f"tag {key} is missing")
        values = parameters.get(f"tag{number}Value")
        if values and tags[key] not in values.split(","):
            return put(event, item, "NON_COMPLIANT", f"tag {key} is {tags[key]}")
    return put(event, item, "COMPLIANT")
