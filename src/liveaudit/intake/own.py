"""Our own calls, recognised so that they trigger nothing. Pure.

Anybody may name a session ``liveaudit``, and who may assume the audit role may do with it whatever it allows. So an
event is ours only if both hold: the session was issued by the audit role that the settings name for the very account in
which the call was made (CloudTrail writes the issuer, not the caller), and the call is one that auditing itself makes.
Those change no configuration. Whatever else the role does is a change like anybody's. See docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Event

NOBODY: Mapping[str, str] = MappingProxyType({})
"""No audit role is known."""


def is_own(catalog: Catalog, own_roles: Mapping[str, str], event: Event) -> bool:
    """Whether auditing itself has made the call. ``own_roles``: account to the ARN of its audit role."""
    role = own_roles.get(event.account)
    return (
        bool(role)
        and event.actor.type == "AssumedRole"
        and event.actor.issuer == role
        and (event.source, event.name) in catalog.calls
    )
