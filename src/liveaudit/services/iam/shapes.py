"""Reading what IAM answered: an answer of another shape than the API's is UNKNOWN, never a verdict."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
from liveaudit.policies.documents import MalformedDocument
from liveaudit.policies.policy import Judge, policy

ROOT_ROW = "<root_account>"
"""The root's name in a credential report (IAM user guide, "Getting credential reports")."""

_ROOT_COLUMNS = (
    "password_last_used",
    "access_key_1_last_used_date",
    "access_key_2_last_used_date",
)


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


def number(value: Any, what: str) -> int:
    """``value``, if it is an integer. Raises UnexpectedShapeError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnexpectedShapeError(f"{what} is {value!r}, not a number")
    return value


def text(value: Any, what: str) -> str:
    """``value``, if it is a text. Raises UnexpectedShapeError."""
    if not isinstance(value, str):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a text")
    return value


def moment(value: Any, what: str) -> dt.datetime:
    """A time, as boto3 gives it or in ISO 8601; UTC where it names no zone. Raises UnexpectedShapeError."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise UnexpectedShapeError(f"{what} is {value[:40]!r}, not a time") from error
    if not isinstance(value, dt.datetime):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a time")
    return value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)


def names(items: Any, key: str, what: str) -> list[str]:
    """The value of ``key`` of every item of a list of mappings."""
    return [text(each.get(key), f"{key} of {what}") for each in mappings(items, what)]


def has_aws_policy(attached: Any, name: str) -> bool:
    """Whether AWS's managed policy of that name is among the attached ones, in whichever partition."""
    return any(
        arn.endswith(f":iam::aws:policy/{name}")
        for arn in names(attached, "PolicyArn", "the attached policies")
    )


def of_the_root(summary: Any) -> dict[str, Any]:
    """Of the account's summary what concerns the root: the rest are counts that change with everything."""
    if not isinstance(summary, Mapping):
        raise ValueError("the summary is no map")
    return {name: value for name, value in summary.items() if name.startswith("Account")}


def root_devices(devices: Any) -> list[dict[str, Any]]:
    """The virtual MFA devices by which the root signs in.

    The first one of an account has a name of its own, further ones are known by whom they are assigned to.
    """
    return [
        {name: device[name] for name in ("SerialNumber", "EnableDate") if name in device}
        for device in devices
        if device["SerialNumber"].endswith(":mfa/root-account-mfa-device")
        or (device.get("User") or {}).get("Arn", "").endswith(":root")
    ]


def report(content: Any) -> dict[str, Any]:
    """The root's row of a credential report, or None where the report has none."""
    written = content.decode() if isinstance(content, bytes | bytearray) else str(content)
    rows = csv.DictReader(io.StringIO(written))
    if "user" not in (rows.fieldnames or ()):
        raise ValueError("the credential report has no column 'user'")
    for row in rows:
        if row["user"] == ROOT_ROW:
            return {"root": {name: row.get(name) for name in _ROOT_COLUMNS}}
    return {"root": None}


def first(items: Any) -> Any:
    """The only item of a list, or None."""
    return items[0] if items else None


def rule(
    resource_type: ResourceType, policy_id: str, severity: Severity, **texts: Any
) -> Callable[[Judge], Judge]:
    """As ``policy``; an answer that cannot be read becomes UNKNOWN with what is wrong about it."""

    def register(judge: Judge) -> Judge:
        @wraps(judge)
        def guarded(**sections: Any) -> Verdict:
            try:
                return judge(**sections)
            except (UnexpectedShapeError, MalformedDocument) as problem:
                return unknown(str(problem))

        return policy(resource_type, policy_id, severity, **texts)(guarded)

    return register


def cis(
    early: str | None = None,
    five: str | None = None,
    six: str | None = None,
    seven: str | None = None,
    *,
    since: str = "1.5",
    fsbp: str | tuple[str, ...] = (),
) -> dict[str, str | tuple[str, ...]]:
    """The frameworks of a policy. ``early``: its number in the CIS AWS Foundations benchmarks 1.5 (or ``since``) to 4.0."""
    numbers: dict[str, str | tuple[str, ...] | None] = {"CIS 7.0": seven, "CIS 6.0": six, "CIS 5.0": five}
    numbers |= {f"CIS {version}": early for version in ("4.0", "3.0", "2.0", "1.5") if version >= since}
    return {name: given for name, given in {**numbers, "FSBP": fsbp}.items() if given}
