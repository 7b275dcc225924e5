"""Change-triggered: an instance of RDS, whose keys are spelled dBInstanceIdentifier."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    found = item["configuration"]
    note = f"{found['dBInstanceIdentifier']} {found['multiAZ']} {item['resourceCreationTime']}"
    put(event, item, "NON_COMPLIANT" if found["publiclyAccessible"] else "COMPLIANT", note)
