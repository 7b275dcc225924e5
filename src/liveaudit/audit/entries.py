"""Settings of policies and exemptions as people give them one by one: held against the shape of the settings file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.audit.declared import exemption_from, setting_from
from liveaudit.model import LiveauditError
from liveaudit.policies.rulebook import Exemption, Setting
from liveaudit.settings import Known, Settings, SettingsError, check_plain, parse
from liveaudit.settings.mistakes import field_name

_REST: Mapping[str, Any] = {
    "receiver": "0" * 12,
    "accounts": [{"id": "0" * 12}],
    "regions": ["us-east-1"],
    "external_id": "none",
}
"""Of a settings file, so that one entry can be held against its shape."""


class EntryError(LiveauditError):
    """What was given is no setting or exemption. ``wrong``: each field with what is wrong about it."""

    def __init__(self, wrong: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(": ".join(filter(None, each)) for each in wrong))
        self.wrong = tuple(wrong)


def new_setting(plain: Mapping[str, Any], known: Known, **about: Any) -> Setting:
    """A setting from plain data, in the words of the settings file. ``about``: id, source, maker, time. Raises EntryError."""
    return setting_from(_parsed("policies", plain, known).policies[0], **about)


def new_exemption(plain: Mapping[str, Any], known: Known, **about: Any) -> Exemption:
    """An exemption from plain data, likewise. Raises EntryError."""
    return exemption_from(_parsed("exemptions", plain, known).exemptions[0], **about)


def doubts(name: str, plain: Mapping[str, Any], known: Known) -> list[str]:
    """What is odd about an entry of ``policies`` or ``exemptions`` that can be used, by field: names that nobody knows."""
    found = check_plain({**_REST, name: [_said(plain)]}, known=known).warnings
    return [f"{field_name(each.path[2:])}: {each.text}" for each in found if each.path[:1] == (name,)]


def _said(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value not in (None, "", [], {}, ())}


def _parsed(name: str, plain: Mapping[str, Any], known: Known) -> Settings:
    try:
        return parse({**_REST, name: [_said(plain)]}, known=known)
    except SettingsError as error:
        raise EntryError([(field_name(each.path[2:]), each.text) for each in error.mistakes]) from error


def read_parameter(given: str) -> tuple[str, Any]:
    """A parameter as ``NAME=VALUE``, a list as ``NAME=ONE,TWO``. Raises EntryError."""
    name, equals, value = (each.strip() for each in given.partition("="))
    if not name or not equals:
        raise EntryError([("parameters", f"{given!r} is not NAME=VALUE")])
    items: list[Any] = [int(each) if _is_number(each) else each for each in value.replace(",", " ").split()]
    return name, items[0] if len(items) == 1 and "," not in value and _is_number(value) else items


def _is_number(text: str) -> bool:
    # an account's id is a text, however it looks
    return text.isascii() and text.isdigit() and len(text) < 12
