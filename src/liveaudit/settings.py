"""The settings file: accounts, regions, queue, store. Every mistake is named with its field."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from liveaudit.model import LiveauditError

DEFAULT_FILE = "liveaudit.yaml"
FILE_VARIABLE = "LIVEAUDIT_SETTINGS"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]+){1,3}-\d{1,2}")


class SettingsError(LiveauditError):
    """The settings cannot be used; the text names the field and what it should be."""


class AccountSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One audited account. ``role_arn``: the audit role that is assumed for it; empty: ambient credentials."""

    id: str
    name: str = ""
    role_arn: str = ""
    external_id: str = ""


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """All settings. ``receiver`` is the account of the queues, ``regions`` those that are watched."""

    receiver: str
    accounts: tuple[AccountSettings, ...]
    regions: tuple[str, ...]
    queue: str = "liveaudit-events"
    store: str = "sqlite:///liveaudit.sqlite3"
    trusted_accounts: tuple[str, ...] = ()

    @property
    def account_ids(self) -> frozenset[str]:
        """The ids of all enrolled accounts."""
        return frozenset(each.id for each in self.accounts)


def find_file(given: Path | None) -> Path | None:
    """The settings file: as given, else of ``LIVEAUDIT_SETTINGS``, else ``liveaudit.yaml`` here, else None."""
    if given is not None:
        return given
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    here = Path(DEFAULT_FILE)
    return here if here.exists() else None


def load(path: Path) -> Settings:
    """Read and check a settings file. Raises SettingsError naming the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: no YAML: {error}") from error
    return parse(given, str(path))


def parse(given: Any, where: str = "settings") -> Settings:
    """Check settings given as plain data. Raises SettingsError naming the field."""
    if not isinstance(given, Mapping):
        raise SettingsError(f"{where}: expected a mapping with receiver, accounts and regions")
    try:
        settings = msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from error
    _check(where, settings)
    return settings


def _check(where: str, settings: Settings) -> None:
    for number, account in enumerate(settings.accounts):
        if not _ACCOUNT.fullmatch(account.id):
            raise SettingsError(
                f"{where}: accounts[{number}].id: {account.id!r} is not twelve digits (quote it)"
            )
    if not settings.accounts:
        raise SettingsError(f"{where}: accounts: at least one account is needed")
    if settings.receiver not in settings.account_ids:
        raise SettingsError(f"{where}: receiver: {settings.receiver!r} is not one of the accounts")
    if not settings.regions:
        raise SettingsError(f"{where}: regions: at least one region is needed")
    for number, region in enumerate(settings.regions):
        if not _REGION.fullmatch(region):
            raise SettingsError(f"{where}: regions[{number}]: {region!r} is no region name")
    for number, trusted in enumerate(settings.trusted_accounts):
        if not _ACCOUNT.fullmatch(trusted):
            raise SettingsError(f"{where}: trusted_accounts[{number}]: {trusted!r} is not twelve digits")
