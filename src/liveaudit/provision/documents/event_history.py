"""What the audit role needs to show the raw event behind a finding. Optional: an owner may leave it out.

Source: Service Authorization Reference, AWS CloudTrail: ``cloudtrail:LookupEvents`` knows no resource and no condition of its own.
"""

from __future__ import annotations

from liveaudit.provision import names
from liveaudit.provision.documents.model import ManagedPolicy, Statement


def event_history_policy() -> ManagedPolicy:
    """Looking up an event in the account's event history, when somebody asks for it."""
    return ManagedPolicy(
        names.EVENT_HISTORY_POLICY,
        (
            Statement(
                "EventHistory",
                ("cloudtrail:LookupEvents",),
                ("*",),
                "Optional: the raw event on a finding's page, looked up when somebody asks; AWS knows no narrower resource.",
                optional=True,
            ),
        ),
        "Optional: shows the raw event behind a finding. Without it everything else works.",
    )
