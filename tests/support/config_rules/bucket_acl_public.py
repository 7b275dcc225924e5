"""Change-triggered: reads the ACL, a text of JSON inside the supplementary configuration."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    acl = json.loads(item["supplementaryConfiguration"]["AccessControlList"])
    for grant in acl["grantList"]:
        if grant["grantee"] in ("AllUsers", "AuthenticatedUsers"):
            return put(event, item, "NON_COMPLIANT", f"{grant['grantee']} may {grant['permission']}")
    return put(event, item, "COMPLIANT")
