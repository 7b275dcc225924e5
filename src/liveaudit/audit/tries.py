"""Every read that auditing makes, tried once: on what is there, by the code that audits. Nothing is stored or judged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.audit.answers import search
from liveaudit.audit.listing import listed
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import Wanted
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.targets import identify
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.policies.policy import PolicyRegistry

Tried = Mapping[tuple[str, str], str]
"""From botocore's service and operation to AWS's refusal, empty where it answered. What was throttled is not in."""


@dataclass(slots=True)
class _Noting:
    """A caller that notes which operations were refused."""

    caller: Caller
    tried: dict[tuple[str, str], str] = field(default_factory=dict)

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,  # noqa: ARG002 - the first page is enough
    ) -> Mapping[str, Any]:
        """See :class:`Caller`."""
        try:
            answer = await self.caller.call(account, region, client, operation, params, pages=False)
        except AwsCallError as error:
            if not error.kind.passing:
                refused = f"{error.code}: {error.message}" if error.kind is Kind.DENIED else ""
                self.tried[client, operation] = self.tried.get((client, operation)) or refused
            raise
        self.tried.setdefault((client, operation), "")
        return answer


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries the reads of one account: each type's listing, and the sections of the first resource that it shows."""

    catalog: Catalog
    policies: PolicyRegistry
    caller: Caller

    async def run(
        self, partition: str, account: str, region: str, services: Iterable[str] = (), *, every: bool = True
    ) -> Tried:
        """Try them in one region. ``services`` empty: all; ``every`` off: one listing of each service, no sections."""
        chosen = set(services)
        types = [each for each in self.catalog if not chosen or each.service in chosen]
        if not every:
            first = {each.service: each for each in reversed(types) if each.listings}
            types = list(first.values())
        noting = _Noting(self.caller)
        places = [
            Resource(partition, account, GLOBAL_REGION if each.is_global else region, each.name, "")
            for each in types
        ]
        await asyncio.gather(*(self._type(noting, place, every) for place in places))
        return noting.tried

    async def _type(self, noting: _Noting, where: Resource, every: bool) -> None:
        resource_type = self.catalog.types[where.type]
        found = [
            Resource(
                where.partition, where.account, where.region, where.type, str(fill(each, placeholders(where)))
            )
            for each in resource_type.always
        ]
        for listing in resource_type.listings:
            try:
                items = await listed(noting, where, resource_type, listing, most=1)
            except AwsCallError:
                continue  # noted
            for item in items:
                name = item.get(listing.item_id) if isinstance(item, Mapping) else item
                region = search(listing.region, item) if listing.region else None
                if isinstance(name, str) and name:
                    shown = identify(
                        resource_type, name, where.partition, where.account, str(region or where.region)
                    )
                    found += [shown] if shown is not None else []
                    break
        if every and found:
            wanted = self._sections(resource_type)
            await Reader(self.catalog, noting).read([Wanted(each, wanted) for each in found[:2]])

    def _sections(self, resource_type: ResourceType) -> frozenset[str]:
        names = {section for policy in self.policies.of(resource_type.name) for section in policy.sections}
        names |= {section for section, _, _ in self.catalog.dependents(resource_type.name)}
        return frozenset({*names, resource_type.root})
