"""A rule that tells of another resource than the one that it was asked about."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    put(event, {**item, "resourceId": "another"}, "COMPLIANT")
