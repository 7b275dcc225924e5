"""Change-triggered: a cluster of RDS, whose keys are spelled dbclusterIdentifier and whose times are milliseconds."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    found = item["configuration"]
    note = f"{found['dbclusterIdentifier']} {found['clusterCreateTime']}"
    put(event, item, "COMPLIANT" if found["storageEncrypted"] else "NON_COMPLIANT", note)
