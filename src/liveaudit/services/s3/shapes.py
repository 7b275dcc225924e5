"""Reading what S3 answered: an answer of another shape than the API's is UNKNOWN, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
from liveaudit.policies.policy import Judge, policy

BLOCK_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The four switches of a public access block, as the API names them."""

ALL_FLAGS = ",".join(f"{flag}=true" for flag in BLOCK_FLAGS)
"""The same, all on, as the ``aws`` command takes them."""

_GROUPS = "http://acs.amazonaws.com/groups/global/"
EVERYBODY = frozenset({f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"})
"""The predefined groups that are public: anybody, and anybody with an AWS account (user guide, "ACL overview")."""


class UnexpectedShapeError(LiveauditError):
    """A section does not look as the API's model says."""


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """``value``, if it is a mapping. Raises UnexpectedShapeError."""
    if not isinstance(value, Mapping):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a structure")
    return value


def mappings(value: Any, what: str) -> Sequence[Mapping[str, Any]]:
    """``value``, if it is a list of mappings. Raises UnexpectedShapeError."""
    if not isinstance(value, list | tuple):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a list")
    return [mapping(each, f"an item of {what}") for each in value]


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


def rule(
    resource_type: ResourceType, policy_id: str, severity: Severity, **texts: Any
) -> Callable[[Judge], Judge]:
    """As ``policy``; an answer that cannot be read becomes UNKNOWN with what is wrong about it."""

    def register(judge: Judge) -> Judge:
        @wraps(judge)
        def guarded(**sections: Any) -> Verdict:
            try:
                return judge(**sections)
            except UnexpectedShapeError as problem:
                return unknown(str(problem))

        return policy(resource_type, policy_id, severity, **texts)(guarded)

    return register
