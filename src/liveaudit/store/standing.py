"""What the store says of a resource, as values: the counterpart of a reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liveaudit.store import codec


def digest_of(state: str, text: str) -> str:
    """Equal for equal values; an absence has its own."""
    return codec.digest(f"{state}:{text}")


@dataclass(frozen=True, slots=True)
class Standing:
    """A section as it stands. ``state`` is ``value`` or ``absent``, ``text`` its JSON.

    ``read_at``, ``ended``: when that reading began, and when it was over; ``event_at``: when the newest change was made that is known of this section,
    whether it shows or not. Unix seconds. ``event_ids``: which changes were made in that second, two at most, as
    :func:`short_id` has them.
    """

    state: str
    text: str
    digest: str
    order: int
    read_at: float
    ended: float
    event_at: float | None = None
    event_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StandingResource:
    """A resource as it stands: ``new`` (never read), ``present`` or ``gone``. Times as in :class:`Standing`.

    ``arn``: as far as it is known.
    """

    state: str = "new"
    read_at: float | None = None
    event_at: float | None = None
    sections: Mapping[str, Standing] = field(default_factory=dict)
    arn: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Of a cause that stays: the sections that are looked at again (empty: all), and when (Unix seconds)."""

    sections: frozenset[str]
    at: float


NEVER_READ = StandingResource()


def short_id(cause_id: str) -> str:
    """A cause's id, as short as it takes to tell two causes from each other."""
    return codec.digest(cause_id)[:12]
