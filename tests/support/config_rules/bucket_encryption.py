"""Change-triggered, with a parameter: the algorithm that is asked for."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    wanted = json.loads(event["ruleParameters"])["sseAlgorithm"]
    rules = item["supplementaryConfiguration"].get("ServerSideEncryptionConfiguration", {}).get("rules", [])
    used = [each["applyServerSideEncryptionByDefault"]["sseAlgorithm"] for each in rules]
    put(event, item, "COMPLIANT" if wanted in used else "NON_COMPLIANT", f"uses {used}")
