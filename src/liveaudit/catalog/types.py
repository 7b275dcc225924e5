"""What a service and a resource type are. The tables in ``liveaudit.services`` are made of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from liveaudit.catalog.changes import Change, Effect, Showing
from liveaudit.catalog.rows import (
    Alias,
    Call,
    Each,
    Listing,
    Names,
    Params,
    Prepare,
    Reference,
    Section,
    names_of,
)
from liveaudit.model import Shows

if TYPE_CHECKING:
    from liveaudit.catalog.bulk import Bulk


class ResourceType:
    """One row block of a service's table. Made by :meth:`Service.resource_type`."""

    def __init__(
        self,
        name: str,
        *,
        service: str,
        client: str,
        event_source: str,
        arn: str,
        is_global: bool,
        named_by: Names,
        region_by: Names,
        gone: Names,
        always: Names,
        id_pattern: str | None,
        id_part: str | None,
        arn_has_path: bool,
        only_if: Mapping[str, str],
        lower_case: bool,
    ) -> None:
        self.name = name
        self.service = service
        self.client = client
        self.event_source = event_source
        self.arn = arn
        self.is_global = is_global
        self.named_by = names_of(named_by)
        self.region_by = names_of(region_by)
        self.gone = frozenset(names_of(gone))
        self.always = names_of(always)
        self.id_pattern = id_pattern
        self.id_part = id_part
        self.arn_has_path = arn_has_path
        self.only_if = dict(only_if)
        self.lower_case = lower_case
        self.sections: dict[str, Section] = {}
        self.listings: list[Listing] = []
        self.changes: dict[str, Change] = {}
        self.aliases: list[Alias] = []
        self.showings: dict[tuple[str, str], Showing] = {}
        self.root: str = ""
        self.arn_from: str | None = None
        self.may_be_tagged = True

    def section(
        self,
        name: str,
        operation: str,
        params: Params | None = None,
        *,
        client: str | None = None,
        value: str = "@",
        items: str | None = None,
        item_id: str | None = None,
        many: int = 0,
        pages: bool = True,
        absent: Names | None = None,
        omit: Names | None = None,
        silent: Names | None = None,
        each: Each | None = None,
        prepare: Prepare | None = None,
        shape: Callable[[Any], Any] | None = None,
        changed_by: Names | None = None,
        root: bool = False,
    ) -> Section:
        """Add a section; ``changed_by`` are event names that change it, named as the type says."""
        if name in self.sections:
            raise ValueError(f"{self.name} has two sections named {name}")
        made = Section(
            name=name,
            call=Call(client or self.client, operation, params or {}, many, pages),
            value=value,
            items=items,
            item_id=item_id,
            absent=frozenset(names_of(absent)),
            omit=frozenset(names_of(omit)),
            silent=frozenset(names_of(silent)),
            each=each,
            prepare=prepare,
            shape=shape,
        )
        self.sections[name] = made
        if root:
            if self.root:
                raise ValueError(f"{self.name} has two root sections: {self.root} and {name}")
            self.root = name
        for event in names_of(changed_by):
            self.event(event, name)
        return made

    def beside_root(
        self,
        name: str,
        *,
        value: str,
        shape: Callable[[Any], Any] | None = None,
        changed_by: Names | None = None,
    ) -> None:
        """Add a section that the root's own call tells too: one call reads both.

        ``value``: JMESPath into the resource's item of the answer; into the answer itself where that has no items.
        """
        root = self.sections[self.root]
        if root.call is None:
            raise ValueError(f"{self.name}: the root is read by no call of its own")
        self.section(
            name,
            root.call.operation,
            root.call.params,
            client=root.call.client,
            value=value,
            items=root.items,
            item_id=root.item_id,
            many=root.call.many,
            pages=root.call.pages,
            absent=root.absent,
            shape=shape,
            changed_by=changed_by,
        )

    def reference(self, name: str, other: ResourceType, section: str, *, resource_id: str) -> None:
        """Add a section that is another resource's. ``resource_id``: template for the other's id.

        The edge is kept: when the other's section changes, this resource is audited again.
        """
        if section not in other.sections:
            raise ValueError(f"{other.name} has no section {section}")
        self.sections[name] = Section(
            name=name, call=None, reference=Reference(other.name, section, resource_id)
        )

    def references(
        self, name: str, other: ResourceType, section: str, *, ids: str, partial: bool = False
    ) -> None:
        """Add a section that holds a section of several other resources, by their ids.

        ``ids``: JMESPath over this resource's own sections (``group.IpPermissions[].PrefixListIds[].PrefixListId``)
        that gives the ids, or one. It may begin with a section that is a reference itself (``role_attached.*[].PolicyArn``).
        An ARN names its own account and region. The value is a mapping from the id or ARN, as it stood, to the other's
        section. The edges are kept. ``partial``: what lastingly cannot be read is left out of the mapping, where else one
        such id makes all of it unknown.
        """
        if section not in other.sections:
            raise ValueError(f"{other.name} has no section {section}")
        reference = Reference(other.name, section, ids=ids, partial=partial)
        self.sections[name] = Section(name=name, call=None, reference=reference)

    def event(
        self,
        event: str,
        *sections: str,
        effect: Effect = Effect.UPDATE,
        named_by: Names | None = None,
        source: str = "",
    ) -> None:
        """Say that ``event`` touches ``sections`` (none given: all). Adds up over several calls.

        ``source``: the event source of another service, whose event it is: a web ACL put before a load balancer.
        """
        unknown = set(sections) - self.sections.keys()
        if unknown:
            raise ValueError(f"{self.name} has no section {sorted(unknown)}")
        paths = names_of(named_by) or self.named_by
        known = self.changes.get(event)
        if known is None:
            self.changes[event] = Change(event, effect, frozenset(sections), paths, source=source)
            return
        if (known.effect, known.named_by, known.source) != (effect, paths, source):
            raise ValueError(f"{self.name}: {event} is declared twice, differently")
        self.changes[event] = replace(known, sections=known.sections | frozenset(sections))

    def created_by(self, *events: str, named_by: Names | None = None) -> None:
        """Events that bring a resource into being: all its sections are read."""
        for event in events:
            self.event(event, effect=Effect.CREATE, named_by=named_by)

    def deleted_by(self, *events: str, named_by: Names | None = None) -> None:
        """Events that may end a resource: its root is read first."""
        for event in events:
            self.event(event, effect=Effect.DELETE, named_by=named_by)

    def renamed_by(self, event: str, *, new: Names, named_by: Names | None = None) -> None:
        """An event that may give a resource another name (at ``new``): the old one may be gone, the new one is made."""
        self.event(event, effect=Effect.DELETE, named_by=named_by)
        self.changes[event] = replace(self.changes[event], renamed_to=names_of(new))

    def takes(self, seconds: float, *events: str, done_by: Names | None = None) -> None:
        """These events begin something that lasts: a second look is taken after so many seconds, or after ``done_by``.

        ``done_by``: events that tell that it is done, which are rows of their own.
        """
        for event in events:
            self.changes[event] = replace(
                self.changes[event], lasts=seconds, done_by=frozenset(names_of(done_by))
            )

    def shows(
        self, section: str, pairs: Mapping[str, str] | None, *events: str, as_: Shows | None = Shows.HOLDS
    ) -> None:
        """Say how one sees in ``section`` that one of these events has come to show: see :class:`Showing`.

        Where nothing is said the event's name is taken at its word: :func:`by_name`.
        """
        for event in events:
            change = self.changes[event]
            if change.sections and section not in change.sections:
                raise ValueError(f"{self.name}: {event} does not change {section}")
            self.showings[event, section] = Showing(as_, dict(pairs or {}))

    def listing(
        self,
        operation: str,
        params: Params | None = None,
        *,
        items: str,
        item_id: str,
        client: str | None = None,
        region: str | None = None,
        region_section: str | None = None,
        provides: Mapping[str, str] | None = None,
        each: Each | None = None,
    ) -> None:
        """Add an operation that enumerates the resources of this type in one account and region.

        ``each``: a further call for every item, whose ``value`` leads to the resources: see :class:`Listing`.
        """
        if each is not None and region:
            raise ValueError(f"{self.name}: a listing by way of others spans no regions")
        call = Call(client or self.client, operation, params or {})
        self.listings.append(
            Listing(call, items, item_id, region, region_section, dict(provides or {}), each)
        )

    def also_named_by(
        self,
        paths: Names,
        operation: str,
        params: Params,
        *,
        items: str,
        item_id: str,
        key: str,
        pattern: str | None = None,
        listed: bool = False,
    ) -> None:
        """Events may name the resource by another name; the operation finds its id: see :class:`Alias`."""
        call = Call(self.client, operation, params)
        self.aliases.append(Alias(names_of(paths), call, items, item_id, key, pattern, listed))

    def also_known_by(self, paths: Names, *, key: str, pattern: str) -> None:
        """Events may name the resource by another name, that no call leads from to its id: what is stored tells it."""
        self.aliases.append(Alias(names_of(paths), None, "", "", key, pattern))

    def has_no_tags(self) -> None:
        """AWS gives no tags to resources of this type."""
        self.may_be_tagged = False

    @property
    def ids_are_fixed(self) -> bool:
        """Whether the resource is a setting of the account or region: always there, listed by nobody."""
        return not self.listings and bool(self.always)


class Service:
    """One AWS service: its resource types, and the events that are none of our business."""

    def __init__(self, name: str, *, event_source: str, client: str | None = None) -> None:
        """``name``: IAM prefix. ``event_source``: CloudTrail's. ``client``: botocore's name, if another."""
        self.name = name
        self.event_source = event_source
        self.client = client or name
        self.types: dict[str, ResourceType] = {}
        self.ignored: dict[str, str] = {}
        self.unnamed: dict[str, str] = {}
        self.noise: set[str] = set()
        self.own_spellings: set[str] = set()
        self.bulks: list[Bulk] = []

    def resource_type(
        self,
        name: str,
        *,
        arn: str,
        named_by: Names = (),
        is_global: bool = False,
        region_by: Names = (),
        gone: Names = (),
        always: Names = (),
        client: str | None = None,
        id_pattern: str | None = None,
        id_part: str | None = None,
        arn_has_path: bool = False,
        only_if: Mapping[str, str] | None = None,
        lower_case: bool = False,
    ) -> ResourceType:
        """Add a resource type.

        ``arn``: template of ``{partition} {account} {region} {id}``. ``named_by``: paths into the event
        (``requestParameters.userName``; ``a.b[].c`` goes through a list), the first that leads somewhere wins;
        the literals ``{account}`` and ``{region}`` name a setting of the account or region, and ``=text`` is that
        text; an id may be made of several values, ``{responseElements.pointArn}/{requestParameters.vaultName}``.
        ``region_by``: paths to the region where it is not the event's. ``gone``: error codes that mean the resource is
        not there.
        ``always``: ids that exist in every account (or region) without being listed; templates as above.
        ``id_pattern``: what an id looks like (``sg-[0-9a-f]+``), where one event names ids of several types.
        ``id_part``: a pattern whose group ``id`` is the id within a longer name: one with a version, or with an
        account before it; one that begins with ``arn:`` finds it in the ARN of what belongs to the resource.
        ``arn_has_path``: the ARN has an IAM path before the name, which the name alone does not tell.
        ``only_if``: paths into the event to a pattern; the first that leads somewhere tells whether the event is about
        this type, where one event name serves several (a database's engine). ``lower_case``: AWS keeps the ids in
        lower case, however a call writes them.
        """
        made = ResourceType(
            name,
            service=self.name,
            client=client or self.client,
            event_source=self.event_source,
            arn=arn,
            is_global=is_global,
            named_by=named_by,
            region_by=region_by,
            gone=gone,
            always=always,
            id_pattern=id_pattern,
            id_part=id_part,
            arn_has_path=arn_has_path,
            only_if=only_if or {},
            lower_case=lower_case,
        )
        if name in self.types:
            raise ValueError(f"{name} is declared twice")
        self.types[name] = made
        return made

    def ignores(self, reason: str, *events: str, noise: bool = False) -> None:
        """Mutating events that change nothing we audit, and why. ``noise``: not even subscribed to."""
        for event in events:
            self.ignored[event] = reason
            if noise:
                self.noise.add(event)

    def ignores_unnamed(self, reason: str, *events: str) -> None:
        """Events that are rows, for when one names none of the types' resources: ``CreateTags`` on an instance."""
        for event in events:
            self.unnamed[event] = reason

    def spells(self, *events: str) -> None:
        """Event names that are CloudTrail's own and no operation of the API."""
        self.own_spellings.update(events)
