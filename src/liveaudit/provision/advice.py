"""What AWS's reasons for a failed stack mean, and what to do about them. Pure.

Sources: CloudFormation User Guide, "Troubleshooting StackSets"; EventBridge User Guide, "Troubleshooting".
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """``final``: trying again in this run is of no use. ``to_do``: who does what; may name ``{account}``, ``{region}``."""

    final: bool
    to_do: str


_KNOWN = (
    (
        r"should have '?\S*ExecutionRole|ExecutionRole\S* .*(?:not exist|cannot be assumed|trust)|: sts:AssumeRole",
        Advice(
            True,
            "the owner of {account} makes the documents of that account: liveaudit iam --account {account}",
        ),
    ),
    (
        r"AdministrationRole",
        Advice(
            True,
            "the owner of the receiver makes its documents: liveaudit iam --account of the receiver",
        ),
    ),
    (
        r"security token included in the request is invalid|InvalidClientTokenId|OptInRequired|(?:not enabl|disabl)ed",
        Advice(
            True,
            "enable {region} in {account} (aws account enable-region --region-name {region}), or take the region out "
            "of the settings",
        ),
    ),
    (
        r"not authorized to perform: events:PutEvents|does not have permission.*event bus",
        Advice(False, "the grant on the receiver's bus in {region} is missing: run apply again"),
    ),
    (r"suspended", Advice(True, "take {account} out of the settings, or have AWS open it again")),
    (
        r"[Rr]ate exceeded|[Tt]hrottl|TooManyRequests",
        Advice(False, "AWS was asked too much at once: run apply again"),
    ),
    (
        r"(?i)cancelled",
        Advice(False, "the operation was stopped before its turn came: run apply again"),
    ),
    (
        r"(?i)already exists",
        Advice(
            True,
            "something of that name is there already, made by somebody else: look at it in {account} {region} and "
            "delete it if nobody needs it",
        ),
    ),
    (
        r"(?i)not authorized|access ?denied|AccessDenied",
        Advice(
            True,
            "a permission is missing: the owner of {account} makes its documents again: "
            "liveaudit iam --account {account}",
        ),
    ),
    (
        r"DELETE_FAILED|ROLLBACK_FAILED|INOPERABLE",
        Advice(
            False,
            "look at the stack's events in {account} {region}, mend what stands in the way, and run it again; or let "
            "go of the account: liveaudit setup destroy --abandon {account}",
        ),
    ),
)
_REFUSED = re.compile(r"User: arn:[a-z-]+:(?:sts|iam)::(\d{12}):\S+ is not authorized")
_REQUEST = re.compile(r",? ?\(?(?:RequestToken|Request ?ID): [0-9a-fA-F-]+,? ?")
_UNKNOWN = Advice(False, "look at the stack's events in {account} {region}, mend the cause, and run it again")


def advice(reason: str) -> Advice:
    """What is to be done about a reason of AWS's; for one that is not known, where to look."""
    return next((each for pattern, each in _KNOWN if re.search(pattern, reason)), _UNKNOWN)


def readable(reason: str) -> str:
    """A reason without what is different each time and tells nobody anything: the same cause reads the same."""
    return " ".join(_REQUEST.sub("", reason).split())


def what_to_do(reason: str, account: str, region: str) -> str:
    """The advice, for one account and region. Both come from the settings or from AWS, and only fill in.

    Where AWS names who was refused, that one's account has to give more, wherever the thing itself is.
    """
    if refused := _REFUSED.search(reason):
        account = refused[1]
    return advice(reason).to_do.replace("{account}", account).replace("{region}", region)
