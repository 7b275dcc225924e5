"""The settings file: its shape, its JSON schema, and every mistake in it, named with line and field."""

from liveaudit.settings.file import (
    DEFAULT_FILE,
    FILE_VARIABLE,
    Checked,
    check,
    check_bytes,
    check_plain,
    find_file,
    load,
    parse,
)
from liveaudit.settings.mistakes import Mistake, SettingsError
from liveaudit.settings.rules import Known
from liveaudit.settings.shape import (
    ALL,
    AMBIENT,
    AccountSettings,
    OrganizationSettings,
    Settings,
    schema,
)
from liveaudit.settings.shape_of_channels import ChannelSettings
from liveaudit.settings.shape_of_console import ConsoleSettings, OidcSettings
from liveaudit.settings.shape_of_fixes import FixRuleSettings, FixSettings
from liveaudit.settings.shape_of_policies import ExemptionSettings, PolicySettings, ScopeSettings
from liveaudit.settings.shape_of_times import DueSettings, FindingSettings

__all__ = [
    "ALL",
    "AMBIENT",
    "DEFAULT_FILE",
    "FILE_VARIABLE",
    "AccountSettings",
    "ChannelSettings",
    "Checked",
    "ConsoleSettings",
    "DueSettings",
    "ExemptionSettings",
    "FindingSettings",
    "FixRuleSettings",
    "FixSettings",
    "Known",
    "Mistake",
    "OidcSettings",
    "OrganizationSettings",
    "PolicySettings",
    "ScopeSettings",
    "Settings",
    "SettingsError",
    "check",
    "check_bytes",
    "check_plain",
    "find_file",
    "load",
    "parse",
    "schema",
]
