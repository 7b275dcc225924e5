"""The resources of calls to S3, EC2, CloudTrail, Security Hub, Systems Manager, Secrets Manager and API Gateway. Pure.

Source: AWS Service Authorization Reference, "Resource types defined by" these services.
"""

from __future__ import annotations

from liveaudit.lab.permissions.action_table import resource_types
from liveaudit.lab.permissions.facts import Facts

Found = tuple[str, ...]


def s3(facts: Facts, action: str) -> Found:
    """The bucket, the object or objects, or the access point."""
    types = resource_types(action) or ()
    bucket = facts.text("Bucket")
    if facts.service == "s3control":
        name = facts.text("Name")
        return (facts.arn("s3", f"accesspoint/{name}"),) if name and "accesspoint" in types else ()
    if not bucket:
        return ()
    place = bucket if bucket.startswith("arn:") else f"arn:{facts.partition}:s3:::{bucket}"
    if "object" not in types:
        return (place,)
    given = (facts.params.get("Delete") or {}).get("Objects") or []
    keys = [facts.text("Key")] if facts.text("Key") else [str(one.get("Key", "")) for one in given]
    return tuple(f"{place}/{key}" for key in keys)


def ec2(facts: Facts, action: str) -> Found:
    """The prefix list whose entries are read. Other reads are of ``*``, changes are not known by their resource."""
    name = facts.text("PrefixListId")
    if name and resource_types(action) == ("prefix-list",):
        return (facts.arn("ec2", f"prefix-list/{name}"),)
    return ()


def cloudtrail(facts: Facts, action: str) -> Found:
    """The trail, by name or ARN."""
    name = facts.text("TrailName", "Name", "TrailARN")
    if not name or "trail" not in (resource_types(action) or ()):
        return ()
    return (name if name.startswith("arn:") else facts.arn("cloudtrail", f"trail/{name}"),)


def securityhub(facts: Facts, action: str) -> Found:
    """The account's hub; for findings that are sent in, the product they come from."""
    types = resource_types(action) or ()
    if types == ("product",):
        given = facts.params.get("Findings") or []
        return tuple(dict.fromkeys(str(one.get("ProductArn", "")) for one in given))
    if "hub" not in types:
        return ()
    return (facts.text("HubArn") or facts.arn("securityhub", "hub/default"),)


def ssm(facts: Facts, action: str) -> Found:
    """The parameter or parameters, whose names begin with a slash or not, and whose ARNs have one."""
    if "parameter" not in (resource_types(action) or ()):
        return ()
    given = facts.params.get("Names")
    names = [str(each) for each in given] if isinstance(given, list) else [facts.text("Name")]
    return tuple(
        each if each.startswith("arn:") else facts.arn("ssm", f"parameter/{each.removeprefix('/')}")
        for each in names
        if each
    )


def secretsmanager(facts: Facts, _action: str) -> Found:
    """The secret, where its ARN is given; by name alone the six characters at the ARN's end are not known."""
    name = facts.text("SecretId")
    return (name,) if name.startswith("arn:") else ()


def apigateway(facts: Facts, _action: str) -> Found:
    """The path of the address."""
    return (f"arn:{facts.partition}:apigateway:{facts.region}::{facts.path}",)
