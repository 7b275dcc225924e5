"""A rule whose annotation is longer than AWS Config takes."""

import json

from shared_helper import put


def lambda_handler(event, context):
    put(event, json.loads(event["invokingEvent"])["configurationItem"], "COMPLIANT", "x" * 300)
