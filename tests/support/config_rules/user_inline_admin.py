"""Change-triggered: inline policies of a user, whose documents are percent-encoded."""

import json
from urllib.parse import unquote

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    for policy in item["configuration"]["userPolicyList"]:
        for statement in json.loads(unquote(policy["policyDocument"]))["Statement"]:
            if statement["Effect"] == "Allow" and statement["Action"] == "*":
                return put(event, item, "NON_COMPLIANT", f"{policy['policyName']} of {item['resourceName']}")
    return put(event, item, "COMPLIANT")
