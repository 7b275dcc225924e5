"""Secrets where none should be: environment variables, user data, URLs, outputs of stacks.

What is found is told by its kind ("GitHub token"), never by its value: these functions run as the ``shape`` of a section,
when AWS's answer is read, so that the value itself is stored nowhere. Why no library does it: docs/decisions, "Secrets
are found by a small detector of our own".
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from liveaudit.model import Verdict, failed, passed
from liveaudit.policies.secret_formats import known_format
from liveaudit.policies.secret_names import Says, is_random, is_reference, says, wants
from liveaudit.policies.shapes import mappings

MOST_TEXT: Final = 1_100_000
"""Characters of one text that are looked through: a state machine's definition has a million at most."""

_SURE_NAMES: Final = {
    "aws_access_key_id": "AWS access key",
    "aws_secret_access_key": "AWS secret access key",
    "aws_session_token": "AWS session token",
    "ecs_engine_auth_data": "registry credentials",
}
"""Names that hold a credential by their definition (Security Hub ECS.8, CodeBuild.2)."""

_VALUE = r"""(?:\\?"(?P<double>[^"\n\\]{1,400})\\?"|\\?'(?P<single>[^'\n\\]{1,400})\\?'|(?P<bare>[^\s"',;}\])|<>\\]{1,400}))"""
_ASSIGNED = re.compile(
    r"""(?<![\w$.-])(?P<name>[A-Za-z][\w.-]{0,80})\\?["']?[ \t]{0,8}(?:=>|:=|==?|:)[ \t]{0,8}""" + _VALUE
)
_FLAG = re.compile(r"(?<![\w-])--?(?P<name>[A-Za-z][A-Za-z0-9-]{2,60})[ =]" + _VALUE)
_STRUCTURED = re.compile(r"[\n{;&]|[:=].*[:=]")


def secret_in(name: str, value: str) -> str | None:
    """The kind of secret that a variable of this name and value holds, or None.

    Found are formats of tokens that are known, credentials within URLs, values that the name calls a password, key
    or token, assignments of such within the value, and what looks drawn by lot. References (``{{resolve:...}}``,
    ARNs, paths, names of parameters) are no secrets.
    """
    if not value or value.isspace():
        return None
    known = known_format(value)
    if known is not None:
        return known
    if is_reference(value):
        return None
    sure = _SURE_NAMES.get(name.lower())
    if sure is not None:
        return sure
    kind = wants(says(name), value)
    if kind is not None:
        return kind
    if _STRUCTURED.search(value):
        for _, _, within in assigned_spans(value):
            return within
    return "random string" if says(name) is not Says.ABOUT and is_random(value) else None


def secrets_in_text(text: str) -> list[dict[str, Any]]:
    """The secrets in a script or document, each as its line and kind: ``{"Line": 3, "Secret": "private key"}``."""
    text = text[:MOST_TEXT]
    found = {(text.count("\n", 0, at) + 1, kind) for at, kind in _in_text(text)}
    return [{"Line": line, "Secret": kind} for line, kind in sorted(found)]


def _in_text(text: str) -> Iterable[tuple[int, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        known = known_format(line)
        if known is not None:
            yield start, known
        else:
            yield from ((start + at, kind) for at, _, kind in assigned_spans(line))
        start += len(line)


def assigned_spans(text: str) -> Iterable[tuple[int, int, str]]:
    """Values assigned to a name that calls them a secret, as their begin, their end and their kind.

    Such as ``password = x``, ``"token": "x"``, ``--password x``.
    """
    for pattern in (_ASSIGNED, _FLAG):
        for match in pattern.finditer(text):
            part = next((each for each in ("double", "single", "bare") if match[each]), "bare")
            value, name = match[part] or "", match["name"]
            if is_reference(value) or _is_code(match):
                continue
            kind = _SURE_NAMES.get(name.lower()) or wants(says(name), value)
            if kind is not None:
                yield *match.span(part), kind


def _is_code(match: re.Match[str]) -> bool:
    """Whether an unquoted value is a call or an attribute: ``password = read_password(...)``, ``token = os.environ``."""
    bare = match["bare"]
    return bare is not None and bool(re.match(r"[A-Za-z_][\w.]*[(\[]|[a-z_]\w*\.[a-z_]\w*", bare))


def variables(pairs: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Environment variables without their values: ``[{"Name": "DB_PASSWORD", "Secret": "password"}]``, by name.

    ``Secret`` is None where nothing was found. Raises ValueError for what are no texts.
    """
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    told = []
    for name, value in items:
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValueError("a variable's name or value is no text")
        told.append({"Name": name, "Secret": secret_in(name, value)})
    return sorted(told, key=lambda item: str(item["Name"]))


def credentials_in_url(url: str) -> str | None:
    """The kind of credential that a URL carries before its host, or None: ``https://user:password@host/``."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return known_format(url)
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    if colon and password and not is_reference(password):
        return "credentials in a URL"
    if user and is_random(user):
        return "token in a URL"
    return known_format(url)


def secrets_in_user_data(encoded: str) -> list[dict[str, Any]]:
    """The secrets in an instance's user data, which EC2 gives in base64, and which may be packed with gzip.

    As ``secrets_in_text``. Raises ValueError for what is no base64, or no gzip though it says so.
    """
    try:
        raw = base64.b64decode(encoded, validate=False)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the user data is no base64") from error
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = zlib.decompressobj(wbits=31).decompress(raw, MOST_TEXT)
        except zlib.error as error:
            raise ValueError("the user data is no gzip, though it begins like it") from error
    return secrets_in_text(raw.decode("utf-8", errors="replace"))


def without_secrets(found: Any, where: str) -> Verdict:
    """The verdict on what ``variables`` or ``secrets_in_text`` told: FAIL with every one that holds a secret.

    ``where``: what was looked through, as ``the function's variables``. Raises UnexpectedShapeError.
    """
    shown = [dict(each) for each in mappings(found, f"what was found in {where}") if each.get("Secret")]
    if not shown:
        return passed(f"no secret was found in {where}")
    kinds = ", ".join(sorted({str(each["Secret"]) for each in shown}))
    return failed(f"there is a secret in {where}: {kinds}", Secrets=shown)
