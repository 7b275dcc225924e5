"""The parts of a settings file that say when and for how long: sweeps, findings that are due, what is kept."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Period = Annotated[
    str,
    Meta(
        pattern="^(never|[1-9][0-9]{0,3}[mhd])$",
        examples=["24h", "7d", "never"],
        extra={"expected": "a period, as 30m, 24h or 7d, or never"},
    ),
]
KeptFor = Annotated[
    str,
    Meta(
        pattern="^(forever|[3-9][0-9]d|[1-9][0-9]{2,3}d)$",
        examples=["400d", "3650d", "forever"],
        extra={"expected": "a number of days, 30d or more, as 400d, or forever"},
    ),
]
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0}


class SweepSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When everything is read that is there, whatever events came."""

    every: Annotated[
        Period,
        Meta(
            description="How often all of an account is swept; each account has a time of its own. "
            "never: nothing is swept by itself, not even what is newly enrolled."
        ),
    ] = "24h"

    @property
    def seconds(self) -> float:
        """The period in seconds; 0: never."""
        return _seconds(self.every)


class DueSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How long a finding may be open, by its severity; after that it is overdue."""

    critical: Annotated[Period, Meta(description="A critical one.")] = "24h"
    high: Annotated[Period, Meta(description="A high one.")] = "7d"
    medium: Annotated[Period, Meta(description="A medium one.")] = "30d"
    low: Annotated[Period, Meta(description="A low one.")] = "90d"
    informational: Annotated[Period, Meta(description="An informational one.")] = "never"

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds by severity; what is never due is left out."""
        given = {name: _seconds(getattr(self, name)) for name in self.__struct_fields__}
        return {name: each for name, each in given.items() if each}


class FindingSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When findings are due, and which are regressions."""

    due: Annotated[DueSettings, Meta(description="How long a finding may be open.")] = DueSettings()
    regression: Annotated[
        Period,
        Meta(description="A finding that opens again so soon after it was closed is marked as a regression."),
    ] = "30d"

    @property
    def again_within(self) -> float:
        """The seconds of ``regression``; 0: none is one."""
        return _seconds(self.regression)


class KeepSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How long what is only looked back at is kept."""

    audit_log: Annotated[
        KeptFor,
        Meta(
            description="Entries of the audit log, by whole days: those that are older are deleted, and an entry tells how "
            "many. forever: none is."
        ),
    ] = "400d"

    @property
    def audit_log_days(self) -> int | None:
        """The days for which entries of the audit log are kept; None: forever."""
        return None if self.audit_log == "forever" else int(self.audit_log[:-1])


def _seconds(period: str) -> float:
    return 0.0 if period == "never" else int(period[:-1]) * _SECONDS[period[-1]]
