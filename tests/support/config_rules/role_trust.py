"""Change-triggered: the trust of a role, and the policies that are attached to it."""

import json
from urllib.parse import unquote

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    trust = json.loads(unquote(item["configuration"]["assumeRolePolicyDocument"]))
    attached = [each["policyName"] for each in item["configuration"]["attachedManagedPolicies"]]
    bad = trust["Statement"][0]["Principal"] == {"AWS": "*"} or "AdministratorAccess" in attached
    put(event, item, "NON_COMPLIANT" if bad else "COMPLIANT", item["resourceId"])
