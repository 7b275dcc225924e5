"""What IAM answers, read: times, names, credential reports, policy documents."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.policies.shapes import names

ROOT_ROW = "<root_account>"
"""The root's name in a credential report (IAM user guide, "Getting credential reports")."""

_ROOT_COLUMNS = (
    "password_last_used",
    "access_key_1_last_used_date",
    "access_key_2_last_used_date",
)


def has_aws_policy(attached: Any, name: str) -> bool:
    """Whether AWS's managed policy of that name is among the attached ones, in whichever partition."""
    arns = names(attached, "PolicyArn", "the attached policies")
    return any(re.fullmatch(rf"arn:[\w-]+:iam::aws:policy/{re.escape(name)}", arn) for arn in arns)


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


def in_order_of(key: str) -> Callable[[Any], Any]:
    """A shape that puts a list in the order of a key of its items: IAM tells none, and each operation has its own."""

    def shape(items: Any) -> Any:
        return None if items is None else sorted(items, key=lambda item: str(item[key]))

    return shape


def lists_in_order_of(*names: str) -> Callable[[Any], Any]:
    """A shape that keeps these lists of an answer, ``PolicyUsers`` and the like, each in order of its ``UserName``."""

    def shape(answer: Any) -> Any:
        keys = {name: f"{name.removeprefix('Policy').removesuffix('s')}Name" for name in names}
        return {name: in_order_of(key)(answer.get(name) or []) for name, key in keys.items()}

    return shape
