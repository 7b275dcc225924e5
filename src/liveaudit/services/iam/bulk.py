"""What one operation tells of all of an account's users, groups, roles and policies.

Not in it, and read one by one: when a password was used, a role's longest session, and everything about keys, passwords
and MFA.
"""

from __future__ import annotations

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.rows import Call
from liveaudit.catalog.types import ResourceType
from liveaudit.services.iam.resources import INLINE_VALUE, TAGS, group, managed_policy, role, user
from liveaudit.services.iam.service import service


def _details(kind: ResourceType, name: str, *, boundary: bool, **further: str) -> tuple[Part, Part]:
    """What the account's details tell of users, groups or roles, and of the policies that are attached to them."""
    items = f"{name}DetailList"
    sections = {
        "attached_policies": "AttachedManagedPolicies || `[]`",
        "inline_policies": f"{name}PolicyList[].{INLINE_VALUE} || `[]`",
        **({"permissions_boundary": "PermissionsBoundary"} if boundary else {}),
        **further,
    }
    holder = f"{{{name}Name: {name}Name, {name}Id: {name}Id}}"
    return (
        Part(kind, items, f"{name}Name", sections),
        Part(
            managed_policy,
            items,
            "AttachedManagedPolicies[].PolicyArn",
            {"entities": holder},
            gathered=True,
            into=f"Policy{name}s",
        ),
    )


# API reference: "information about all IAM users, groups, roles, and policies", with their relations to one another.
service.bulks.append(
    Bulk(
        Call("iam", "GetAccountAuthorizationDetails", {"MaxItems": 200}, pages=False),
        (
            *_details(user, "User", boundary=True, groups="GroupList[].{GroupName: @} || `[]`", tags=TAGS),
            *_details(group, "Group", boundary=False),
            *_details(role, "Role", boundary=True, tags=TAGS),
            Part(
                managed_policy,
                "Policies",
                "Arn",
                {"document": "PolicyVersionList[?IsDefaultVersion].Document"},
            ),
        ),
        token=("Marker", "Marker"),
    )
)
