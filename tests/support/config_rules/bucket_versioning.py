"""Change-triggered: versioning and the block of public access, which are named as the old Java SDK names them."""

import json

from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    more = item["supplementaryConfiguration"]
    good = more["BucketVersioningConfiguration"]["status"] == "Enabled" and all(
        more["PublicAccessBlockConfiguration"][key]
        for key in ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    )
    put(event, item, "COMPLIANT" if good else "NON_COMPLIANT")
