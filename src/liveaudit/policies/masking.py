"""What looks like a secret taken out of any value before it is shown to somebody.

Stricter than the search for secrets (``secrets.py``), which must not cry wolf: here a word too many is hidden rather than one too
few. What stays hidden is told by its place and kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from liveaudit.policies.secret_formats import known_spans
from liveaudit.policies.secret_names import Says, is_random, says
from liveaudit.policies.secrets import MOST_TEXT, assigned_spans

DEEPEST: Final = 64
TOO_DEEP: Final = "(nested too deep to be shown)"
HIDDEN: Final = frozenset({"HIDDEN_DUE_TO_SECURITY_REASONS", "<sensitiveDataRemoved>", "***", "****", ""})
"""What AWS writes itself in the place of a secret; it stays as it is."""

_FLAG = re.compile(r"--?[A-Za-z][A-Za-z0-9-]{1,60}")
_LONGEST_PLACE = 200
_LONGEST_RANDOM = 4096
_SECRETS: Final = {
    "authenticationcode1": "one-time code",
    "authenticationcode2": "one-time code",
    "authorization": "credentials",
    "confirmationcode": "one-time code",
    "cookie": "credentials",
    "customergatewayconfiguration": "pre-shared keys",
    "keymaterial": "private key",
    "mfacode": "one-time code",
    "otp": "one-time code",
    "plaintext": "plain text of a ciphertext",
    "presharedkey": "key",
    "proxy-authorization": "credentials",
    "samlassertion": "credentials",
    "secretbinary": "secret",
    "secretstring": "secret",
    "set-cookie": "credentials",
    "signature": "signature",
    "smsmfacode": "one-time code",
    "tokencode": "one-time code",
    "userdata": "user data",
    "x-amz-copy-source-server-side-encryption-customer-key": "key",
    "x-amz-server-side-encryption-customer-key": "key",
    "x-amz-signature": "signature",
}
"""Fields of AWS's requests and answers that hold a secret, or a text in which nobody can tell whether one is."""
_NO_SECRETS: Final = frozenset(
    {
        "clienttoken",
        "clientrequesttoken",
        "continuationtoken",
        "idempotencytoken",
        "nexttoken",
        "requesttoken",
    }
)
"""Fields that are called a token and open nothing: against doing things twice, and for the next page."""
_ACCESS_KEY_IDS: Final = frozenset({"accesskeyid", "awsaccesskeyid"})
"""An access key's id is no secret, and tells whose key it was."""
_VARIABLES: Final = frozenset({"environment", "environmentvariables", "envvars", "variables"})
_NAMES: Final = frozenset(
    {
        "attributename",
        "headername",
        "key",
        "name",
        "optionname",
        "parameterkey",
        "parametername",
        "variablename",
    }
)
_VALUES: Final = frozenset({"attributevalue", "headervalue", "parametervalue", "stringvalue", "value"})
_INNER: Final = frozenset({"bytes", "content", "data", "hb", "value", "values"})
"""What is called so within a field belongs to the field's name: ``privateKey.hb`` is how CloudTrail writes bytes."""
_BEANSTALK_VARIABLES: Final = "aws:elasticbeanstalk:application:environment"
_KINDS: Final = {Says.PASSWORD: "password", Says.KEY: "key", Says.SECRET: "secret", Says.TOKEN: "token"}


@dataclass(frozen=True, slots=True)
class Masked:
    """A value without its secrets. ``places``: where something was taken out and what it was, in order."""

    value: Any
    places: tuple[str, ...]


def mask(value: Any) -> Masked:
    """``value`` (as JSON has it) with everything that looks like a secret replaced by ``(masked: its kind)``."""
    masker = _Masker([])
    return Masked(masker.masked(value, "", "", 0), tuple(dict.fromkeys(masker.places)))


@dataclass(frozen=True, slots=True)
class _Masker:
    places: list[str]

    def masked(self, value: Any, name: str, place: str, depth: int) -> Any:
        if depth > DEEPEST:
            return TOO_DEEP
        if isinstance(value, str):
            return self._text(value, name, place)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        if isinstance(value, Mapping):
            return self._mapping(value, name, place, depth)
        if isinstance(value, list | tuple):
            return self._list(value, name, place, depth)
        return value

    def _list(self, value: Sequence[Any], name: str, place: str, depth: int) -> Any:
        kind = _kind_by_name(name, "")
        if kind is not None and value and all(type(each) is int for each in value):
            return self._hide("bytes", kind, place)
        made, flag = [], ""
        for number, each in enumerate(value):
            # of a command's arguments the one after --password
            named = flag or name
            flag = each if isinstance(each, str) and _FLAG.fullmatch(each) else ""
            made.append(self.masked(each, name if flag else named, f"{place}[{number}]", depth + 1))
        return made

    def _mapping(self, value: Mapping[str, Any], name: str, place: str, depth: int) -> dict[str, Any]:
        paired = _paired(value)
        variables = _plain(name) in _VARIABLES and (paired is not None or _is_flat(value))
        variables = variables or value.get("namespace") == _BEANSTALK_VARIABLES
        secret = _kind_by_name(name, "")
        made = {}
        for key, each in value.items():
            shown = self._spans(str(key), place, frozenset())
            where = f"{place}.{shown}" if place else shown
            is_value = _plain(shown) in _VALUES if paired is not None else True
            if variables and is_value and isinstance(each, str):
                made[shown] = self._hide(each, "environment variable", where)
            else:
                named = paired if paired is not None and is_value else str(key)
                if _plain(name) in _SECRETS or (secret and paired is None and _plain(named) in _INNER):
                    named = name
                made[shown] = self.masked(each, named, where, depth + 1)
        return made

    def _text(self, value: str, name: str, place: str) -> str:
        kind = _kind_by_name(name, value)
        if kind is None and len(value) <= _LONGEST_RANDOM and says(name) is not Says.ABOUT:
            kind = "random string" if is_random(value) else None
        if kind is not None:
            return self._hide(value, kind, place)
        ignored = frozenset({"AWS access key"}) if _plain(name) in _ACCESS_KEY_IDS else frozenset[str]()
        return self._spans(value, place, ignored)

    def _hide(self, value: str, kind: str, place: str) -> str:
        if value in HIDDEN:
            return value
        self.places.append(f"{place[:_LONGEST_PLACE]}: {kind}")
        return f"(masked: {kind})"

    def _spans(self, text: str, place: str, ignored: frozenset[str]) -> str:
        """A text without the secrets in it."""
        parts, end = [], 0
        for begin, until, kind in sorted(_spans(text)):
            if until <= end or kind in ignored:
                continue
            parts += [text[end : max(begin, end)], self._hide(text[begin:until], kind, place)]
            end = until
        return "".join([*parts, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    looked_at, key_ends = text[:MOST_TEXT], 0
    for begin, end, kind in known_spans(looked_at):
        if begin < key_ends:
            continue
        if kind == "private key":
            key_ends = _end_of_key(text, end)
        yield begin, max(end, key_ends), kind
    for begin, end, kind in assigned_spans(looked_at):
        # the name of a secret within its ARN is none
        if "arn:" not in looked_at[max(0, begin - 120) : begin].rpartition('"')[2].rpartition(" ")[2]:
            yield begin, end, kind


def _end_of_key(text: str, begun: int) -> int:
    """Where a private key ends in a text; without an end all that follows may be of it."""
    found = text.find("-----END", begun)
    return len(text) if found < 0 else found


def _kind_by_name(name: str, value: str) -> str | None:
    """What a value is by its name; None: the name does not say that it is a secret."""
    plain = _plain(name)
    if plain in _SECRETS:
        return _SECRETS[plain]
    if plain in _NO_SECRETS:
        return None
    said = says(name)
    if said is Says.NOTHING and name.endswith("s"):
        said = says(name[:-1])
    kind = _KINDS.get(said)
    if said is not Says.PASSWORD and value.startswith(("arn:aws", "{{resolve:")):
        return None
    return None if value.lower() in ("true", "false") else kind


def _paired(value: Mapping[str, Any]) -> str | None:
    """The name in ``{"name": "DB_PASSWORD", "value": "..."}``; None: it is no such pair."""
    keys = {_plain(str(key)): each for key, each in value.items()}
    names = [each for key, each in keys.items() if key in _NAMES and isinstance(each, str)]
    return names[0] if names and keys.keys() & _VALUES else None


def _is_flat(value: Mapping[str, Any]) -> bool:
    """Whether these are variables by themselves, and not, as CodeBuild's ``environment``, what else a machine has."""
    return all(isinstance(each, str) for each in value.values()) and "computeType" not in value


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "")
