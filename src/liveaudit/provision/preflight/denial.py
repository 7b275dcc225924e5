"""Which policy it was that refused, as far as AWS says.

Source: IAM User Guide, "Troubleshoot access denied error messages": the text ends with ``because no <policy> allows
the <action> action`` or ``with an explicit deny in a <policy>``, where AWS tells it; across accounts it often does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Refuser(StrEnum):
    """Whose policy refused."""

    IDENTITY = "identity"
    """A policy of the caller: identity-based, a permissions boundary, a session policy."""
    TRUST = "trust"
    """The trust policy of the role."""
    RESOURCE = "resource"
    """The policy of the resource."""
    ORGANIZATION = "organization"
    """A service or resource control policy, which only the organization's administrator can change."""
    NETWORK = "network"
    """A VPC endpoint's policy."""
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Denial:
    """Who refused. ``policy``: AWS's own name for it; ``explicit``: by a Deny, not for lack of an Allow."""

    refuser: Refuser
    policy: str = ""
    explicit: bool = False


_NO_ALLOW = re.compile(r"because no (?P<policy>[a-z -]{3,60}?) allows the ", re.IGNORECASE)
_DENY = re.compile(
    r"with an explicit deny in (?:an? |the )?(?P<policy>[a-z -]{3,60}?)(?::|\.|,|$)", re.IGNORECASE
)
_WHOSE = (
    ("service control polic", Refuser.ORGANIZATION),
    ("resource control polic", Refuser.ORGANIZATION),
    ("trust polic", Refuser.TRUST),
    ("resource-based polic", Refuser.RESOURCE),
    ("endpoint polic", Refuser.NETWORK),
    ("identity-based polic", Refuser.IDENTITY),
    ("permissions boundar", Refuser.IDENTITY),
    ("session polic", Refuser.IDENTITY),
)


def denial_of(message: str) -> Denial:
    """What an error's message tells of the refusal. ``message`` is AWS's text, and is only searched."""
    text = message[:2000]
    found = _NO_ALLOW.search(text) or _DENY.search(text)
    if found is None:
        return Denial(Refuser.UNTOLD)
    policy = found["policy"].strip().lower()
    refuser = next((whose for name, whose in _WHOSE if name in policy), Refuser.UNTOLD)
    return Denial(refuser, policy, found.re is _DENY)
