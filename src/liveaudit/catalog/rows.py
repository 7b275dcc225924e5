"""The rows of a service's table: a section and the call that reads it, a listing, a reference, an alias."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Params = Mapping[str, Any]
Names = str | Iterable[str]


def names_of(value: Names | None) -> tuple[str, ...]:
    """One name, several or none, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, slots=True)
class Each:
    """One further call for every item of a list that the first call gave.

    ``params`` may use ``{item}`` (the item is a string) or ``{item.Key}``. ``value`` is a JMESPath into the
    answer. With ``into`` the value is added to the item under that key, else it takes the item's place.
    """

    operation: str
    params: Params
    value: str = "@"
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One API operation: botocore's service name, operation and parameters. ``pages`` off: the first page is enough.

    Placeholders in ``params``: ``{id}``, ``{account}``, ``{region}``, ``{partition}``, ``{domain}`` (of the
    partition's endpoints: ``amazonaws.com``); the whole string ``{ids}`` becomes the list of ids, up to ``many`` of
    them in one call.
    """

    client: str
    operation: str
    params: Params = field(default_factory=dict)
    many: int = 0
    pages: bool = True


@dataclass(frozen=True, slots=True)
class Prepare:
    """An operation that has to run before the read can answer: a report that is made on demand.

    ``codes``: errors of the read that ask for it. ``pending``: errors that mean "being made, ask again".
    """

    operation: str
    codes: frozenset[str]
    pending: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """A section that belongs to another resource, on which this one's verdicts depend.

    Either ``id`` is a template, and the value is the other's section; or ``ids`` is a JMESPath over this
    resource's sections that gives a list of ids, and the value is a mapping from id to the other's section;
    ``partial``: without those that lastingly cannot be read.
    """

    type: str
    section: str
    id: str = ""
    ids: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a resource's configuration, and where it is read.

    ``value``: JMESPath into the answer. With ``items`` the answer holds a list (of possibly many resources),
    the resource's own item is the one whose ``item_id`` equals its id, and ``value`` is a path into that item.
    ``absent``: error codes that mean "not configured"; one that means other things too goes with a part of its message,
    ``AccessDeniedException: Macie is not enabled``. ``omit``: keys of the value that not every way of
    reading fills, left out always. ``silent``: keys of the value, at any depth, that change though no event tells of
    it: when something was last used. ``shape``: a pure function that makes the value JSON, where the API gives
    none (a CSV report).
    """

    name: str
    call: Call | None
    value: str = "@"
    items: str | None = None
    item_id: str | None = None
    absent: frozenset[str] = frozenset()
    omit: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    each: Each | None = None
    prepare: Prepare | None = None
    shape: Callable[[Any], Any] | None = None
    reference: Reference | None = None

    def means_absence(self, code: str, message: str) -> bool:
        """Whether an error of AWS's means that it is not configured."""
        return any(
            code == name and text in message
            for name, _, text in (each.partition(": ") for each in self.absent)
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """How the resources of a type are enumerated, and which sections the enumeration gives for nothing.

    ``provides``: section name to JMESPath into the item, in the very shape that the section has when it is
    read by itself. ``region``: path in the item to the region the resource lives in, if the list spans regions;
    ``region_section``: the section that says it where the item does not. ``each``: ``items`` are what the resources
    are in (clusters), and one further call for every one of these gives the resources themselves.
    """

    call: Call
    items: str
    item_id: str
    region: str | None = None
    region_section: str | None = None
    provides: Mapping[str, str] = field(default_factory=dict)
    each: Each | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """What it calls: the first, and the further one."""
        if self.each is None:
            return (self.call,)
        return self.call, Call(self.call.client, self.each.operation, self.each.params)


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name under which events may name a resource, and the call that finds its id; None: the store alone does.

    ``named_by``: paths into the event. ``call`` may use ``{alias}``. ``key``: the root section's key that holds it,
    or a list of such names. ``pattern``: what such a name looks like; what does not is a name of something else.
    ``listed``: the call cannot look for a name and lists all; of the items those count whose ``key`` is the name.
    """

    named_by: tuple[str, ...]
    call: Call | None
    items: str
    item_id: str
    key: str
    pattern: str | None = None
    listed: bool = False
