"""Change-triggered: reads the bucket policy's text."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    text = item["supplementaryConfiguration"].get("BucketPolicy", {}).get("policyText")
    if not text:
        return put(event, item, "NON_COMPLIANT", "no bucket policy")
    for statement in json.loads(text)["Statement"]:
        if statement["Effect"] == "Deny" and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false":
            return put(event, item, "COMPLIANT")
    return put(event, item, "NON_COMPLIANT", "plain HTTP is not denied")
