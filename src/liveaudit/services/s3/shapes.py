"""Public access blocks and ACLs as S3 answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings

BLOCK_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The four switches of a public access block, as the API names them."""

_GROUPS = "http://acs.amazonaws.com/groups/global/"
EVERYBODY = frozenset({f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"})
"""The predefined groups that are public: anybody, and anybody with an AWS account (user guide, "ACL overview")."""


def block_flags(block: Any) -> Mapping[str, bool]:
    """The four flags of a public access block. One that is absent is off. Raises UnexpectedShapeError."""
    given = mapping({} if block is None else block, "the public access block")
    flags = {flag: given.get(flag, False) for flag in BLOCK_FLAGS}
    for flag, value in flags.items():
        if not isinstance(value, bool):
            raise UnexpectedShapeError(f"{flag} is {value!r}")
    return flags


def flags_off(block: Any) -> list[str]:
    """The flags of a public access block that are off."""
    return [flag for flag, on in block_flags(block).items() if not on]


def is_on(flag: str, *blocks: Any) -> bool:
    """Whether one of the blocks (the bucket's, the account's) has the flag: the stricter one holds."""
    return any(block_flags(block)[flag] for block in blocks)


def everybody_grants(acl: Any, permissions: frozenset[str] | None = None) -> list[dict[str, str]]:
    """The ACL's grants to everybody, of the given permissions or any: small, as evidence."""
    found = []
    for grant in mappings(mapping(acl, "the ACL").get("Grants"), "the ACL's Grants"):
        uri = mapping(grant.get("Grantee"), "a grant's Grantee").get("URI")
        permission = str(grant.get("Permission"))
        if uri in EVERYBODY and (permissions is None or permission in permissions):
            found.append({"URI": uri, "Permission": permission})
    return found
