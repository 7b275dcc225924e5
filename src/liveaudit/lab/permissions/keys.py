"""The condition keys that the gate knows. A condition on any other key is not understood. Pure.

Sources: IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys"; Service
Authorization Reference, "Condition keys for" EventBridge, CloudFormation.
"""

from __future__ import annotations

SUPPLIED = frozenset(
    {
        "aws:calledvia",
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "aws:multifactorauthpresent",
        "cloudformation:rolearn",
        "cloudformation:targetregion",
        "cloudformation:templateurl",
        "events:detail-type",
        "events:source",
        "events:targetarn",
        "iam:associatedresourcearn",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "sts:externalid",
        "sts:rolesessionname",
    }
)
"""Keys that the lab puts into the requests to which they belong."""

ABSENT = frozenset(
    {
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:referer",
        "aws:sourceidentity",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpcsourceip",
        "events:managedby",
    }
)
"""Keys that no request in the lab has, because there is nothing of the kind in it."""


def is_known(key: str) -> bool:
    """Whether the gate can say that a request has or lacks ``key`` (in lower case). Of tags it cannot."""
    return key in SUPPLIED or key in ABSENT
