"""What a variable's name says of its value, and what a value by itself looks like."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import pairwise
from typing import Final


class Says(Enum):
    """What a name says of the value."""

    PASSWORD = auto()
    """It is a password."""
    KEY = auto()
    """It is a key of a certain use, or the name of one."""
    SECRET = auto()
    """It is a secret of a certain use."""
    TOKEN = auto()
    """It may be a secret, or the name of one."""
    ABOUT = auto()
    """It is something about a secret: its ARN, its length, where it lies."""
    NOTHING = auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORDS: Final = ("password", "passwd", "passphrase", "passwort")
_SHORT: Final = frozenset({"pass", "pwd", "pw", "dbpass", "dbpwd"})
_KEY_OF: Final = _words(
    "access account admin api app application auth client consumer crypt crypto database db deploy django "
    "encryption hmac integration jwt license master private secret service session shared signing ssh storage"
)
_SECRET_OF: Final = _words(
    "api app client consumer cookie hmac jwt nextauth oauth session shared signing webhook"
)
_TOKENS: Final = frozenset({"secret", "token", "credential", "credentials", "apikey", "apitoken"})
_ABOUT: Final = _words(
    "age algorithm alias arn arns audience auth authentication authority bucket cache count days dir directory disabled "
    "enabled endpoint expiration expires expiry field file filename format header hint host hours id ids interval "
    "issuer key_id label length limit location manager max min minutes mode name names optional param parameter path "
    "policy prefix provider queue ref reference region required reset retries rotation seconds size stdin store suffix "
    "table timeout topic ttl type uri url user username validity version"
)
_KINDS: Final = {Says.KEY: "key", Says.SECRET: "secret", Says.TOKEN: "token"}
_SWITCHES: Final = _words(
    "true false yes no on off none null nil undefined enabled disabled required optional default empty n/a na todo "
    "redacted hidden unset"
)
_REFERENCE = re.compile(
    r"""arn:aws|\$|`|\{[{%]|<|%[A-Za-z({]|![A-Z]|[*•]+$|[xX]{3,}$|\.{3}$|(?:https?|s3|ssm|secretsmanager|vault|file|awsssm"""
    r"""|awssm|sops|op|ref\+\w+)(?::|/(?=/))|(?:\.{1,2}|~)?/[\w.-]+(?:/[\w.@-]+)*/?$|[A-Za-z]:\\""",
)
_PIECE = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)+\d{0,3}|\d{1,7}|v?\d+(?:\.\d+)*")
_BETWEEN = re.compile(r"[-_/.:@#, ]+")
_DRAWN = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")


def says(name: str) -> Says:
    """What the name says: by its words, whether they are joined by ``_``, ``-``, ``.`` or by capitals."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return Says.NOTHING
    if words[-1] in _ABOUT:
        return Says.ABOUT
    if any(word.endswith(_PASSWORDS) or word in _SHORT for word in words):
        return Says.PASSWORD
    for first, second in pairwise(words):
        if second == "secret" and first in _SECRET_OF:
            return Says.SECRET
        if second == "key" and first in _KEY_OF:
            return Says.KEY
    if words[-1].endswith("apikey") or any(word in _TOKENS for word in words):
        return Says.KEY if words[-1].endswith("apikey") else Says.TOKEN
    return Says.NOTHING


def wants(said: Says, value: str) -> str | None:
    """The kind of secret that ``value`` is by what its name said, or None. ``value`` is no reference."""
    if value.strip().lower() in _SWITCHES:
        return None
    if said is Says.PASSWORD:
        return "password" if len(value) >= 3 else None
    if len(value) < 8 or (is_a_name(value) and (said is not Says.SECRET or "/" in value)):
        return None
    return _KINDS.get(said)


def is_reference(value: str) -> bool:
    """Whether the value only tells where something else is: a placeholder, an ARN, an address, a path."""
    return _REFERENCE.match(value.strip()) is not None


def is_a_name(value: str) -> bool:
    """Whether the value is made of words and small numbers: ``prod/orders-db``, ``refresh``, ``3600``."""
    return all(_PIECE.fullmatch(piece) for piece in _BETWEEN.split(value.strip()) if piece)


def is_random(value: str) -> bool:
    """Whether the value looks drawn by lot: long, of all kinds of letters, and they change all the time.

    Hexadecimal texts do not count: commits, digests and ids of all sorts are such.
    """
    if _DRAWN.fullmatch(value) is None:
        return False
    kinds = [_kind(letter) for letter in value.rstrip("=")]
    if min(kinds.count(kind) for kind in range(3)) < 3:
        return False
    turns = sum(one != other for one, other in pairwise(kinds))
    return turns >= len(kinds) * 0.4


def _kind(letter: str) -> int:
    if letter.isdigit():
        return 0
    return 1 if letter.isupper() else 2
