"""Change-triggered: it judges what has changed, and has nothing to say where it is told of no change."""

import json

from shared_helper import put


def lambda_handler(event, context):
    invoking_event = json.loads(event["invokingEvent"])
    if not invoking_event.get("configurationItemDiff"):
        return put(event, invoking_event["configurationItem"], "NOT_APPLICABLE")
    return put(event, invoking_event["configurationItem"], "COMPLIANT")
