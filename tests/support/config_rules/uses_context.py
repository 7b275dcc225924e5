"""Change-triggered: it looks at Lambda's context and environment, and asks the helper in its folder."""

import json
import os

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    secrets = [each for each in os.environ if "SECRET" in each or "TOKEN" in each or "PASSWORD" in each]
    note = f"{context.function_name} {os.environ['AWS_REGION']} {context.get_remaining_time_in_millis() > 0} {secrets}"
    put(event, item, "NOT_APPLICABLE", note)
