"""Text for people, made of what may be hostile: odd characters shown, times and durations in words."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_PRINCIPAL = re.compile(r"arn:[a-z-]+:(?:iam|sts)::\d{12}:(?:assumed-role/)?(?P<name>[^\s:]+)", re.ASCII)


def shown(text: object, *, keep: str = "") -> str:
    """The text with its control, invisible and direction-changing characters, which an attacker may have put in, shown.

    ``keep``: such characters that stay as they are.
    """
    given = str(text)
    if given.isascii() and given.isprintable():
        return given
    return "".join(each if each in keep or _is_plain(each) else f"\\u{ord(each):04x}" for each in given)


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    return character == " " or (category[0] != "C" and category not in ("Zl", "Zp"))


def short_principal(arn: str) -> str:
    """Who it is without partition and account: ``Developer/ann`` of a role's session, ``user/ann``, ``root``.

    The role stays, as whoever takes it names the session at will. What is no ARN of IAM or STS stays as it is.
    """
    found = _PRINCIPAL.fullmatch(arn)
    return found["name"] if found else arn


def iso(seconds: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    return (
        dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def ago(then: float, now: float) -> str:
    """How long ago a time was, in one unit."""
    seconds = max(0.0, now - then)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def duration(seconds: float) -> str:
    """Seconds in one unit, for people."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
