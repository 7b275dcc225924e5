"""Change-triggered: several answers about one table, the last of which counts."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    recovery = item["supplementaryConfiguration"]["ContinuousBackupsDescription"]["pointInTimeRecoveryDescription"]
    put(event, item, "COMPLIANT", "at first sight")
    put(event, item, "NON_COMPLIANT", f"recovery is {recovery['pointInTimeRecoveryStatus']}")
