"""Is a trail logging management events in each account and region? Without one, no change becomes an event.

Sources: EventBridge User Guide, "Events delivered via CloudTrail"; CloudTrail API reference, "DescribeTrails",
"GetTrailStatus", "GetEventSelectors". A trail of all regions or of the organization is listed in every region (as a
shadow trail), and asked about where it is at home.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.model import GLOBAL_REGION
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered
from liveaudit.provision.preflight.denial import Refuser, denial_of

_WRITES = ("All", "WriteOnly")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a trail gives. ``gap`` empty: all management events that write. ``partly``: some are left out.

    ``refused``: why it could not be looked at.
    """

    name: str
    gap: str = ""
    partly: str = ""
    refused: AwsCallError | None = None


@dataclass(slots=True)
class Trails:
    """Looks at the trails of one account; a trail that shows in many regions is asked about once.

    ``sources``: the event sources whose changes are watched.
    """

    caller: Caller
    installation: Installation
    account: Account
    sources: frozenset[str]
    _known: dict[str, asyncio.Task[Coverage]] = field(default_factory=dict)

    async def check(self, region: str) -> Check:
        """Whether changes in this region become events."""
        try:
            answer = await self.caller.call(self.account.id, region, "cloudtrail", "DescribeTrails", {})
        except AwsCallError as error:
            return self._unanswered(region, error)
        trails = [each for each in answer.get("trailList") or () if isinstance(each, Mapping)]
        if not trails:
            return self._failed(region, "no trail covers this region, so that no change becomes an event")
        found = await asyncio.gather(*(self._coverage(each, region) for each in trails))
        whole = [each for each in found if not each.gap and not each.partly]
        if whole:
            return self._check(region, Outcome.OK, f"trail {whole[0].name}")
        some = [each for each in found if not each.gap]
        if some:
            reason = "; ".join(f"trail {each.name} {each.partly}" for each in some)
            return self._check(
                region, Outcome.WARNING, reason, remedy.owner(self.installation, self.account.id)
            )
        reason = "; ".join(f"trail {each.name} {each.gap}" for each in found)
        refused = [each.refused for each in found if each.refused is not None]
        return self._unanswered(region, refused[0], reason) if refused else self._failed(region, reason)

    async def _coverage(self, trail: Mapping[str, Any], region: str) -> Coverage:
        arn = str(trail.get("TrailARN") or trail.get("Name") or "")
        if arn not in self._known:
            self._known[arn] = asyncio.create_task(self._look(trail, arn, region))
        return await self._known[arn]

    async def _look(self, trail: Mapping[str, Any], arn: str, region: str) -> Coverage:
        name = str(trail.get("Name") or arn)
        home = str(trail.get("HomeRegion") or region)
        try:
            status = await self.caller.call(
                self.account.id, home, "cloudtrail", "GetTrailStatus", {"Name": arn}
            )
            if not status.get("IsLogging"):
                return Coverage(name, gap="is not logging")
            selectors = await self.caller.call(
                self.account.id, home, "cloudtrail", "GetEventSelectors", {"TrailName": arn}
            )
        except AwsCallError as error:
            return Coverage(name, gap=f"could not be looked at: {unanswered(error)}", refused=error)
        return selected(name, selectors, self.sources)

    def _unanswered(self, region: str, error: AwsCallError, reason: str = "") -> Check:
        who, command = remedy.owner(self.installation, self.account.id), ""
        if error.kind is Kind.DENIED:
            command = remedy.make_documents(self.account.id)
            if denial_of(error.message).refuser is Refuser.ORGANIZATION:
                who, command = "whoever administers the AWS organization", ""
        return self._check(region, Outcome.UNKNOWN, reason or unanswered(error), who, command)

    def _failed(self, region: str, reason: str) -> Check:
        if reason.endswith("is not logging") and len(self._known) == 1:
            (arn,) = self._known
            where = ("--name", arn, "--region", _region_of(arn, region))
            command = remedy.command("aws", "cloudtrail", "start-logging", *where)
        else:
            command = remedy.command("aws", "cloudtrail", "describe-trails", "--region", region)
        who = remedy.owner(self.installation, self.account.id)
        return self._check(region, Outcome.FAILED, reason, who, command)

    def _check(self, region: str, outcome: Outcome, reason: str, who: str = "", command: str = "") -> Check:
        return Check(self.account.id, region, Name.TRAIL, outcome, reason[:600], who, command)


def _region_of(arn: str, otherwise: str) -> str:
    fields = arn.split(":")
    return fields[3] if len(fields) > 5 and fields[3] not in ("", GLOBAL_REGION) else otherwise


def selected(name: str, answer: Mapping[str, Any], sources: frozenset[str]) -> Coverage:
    """What a trail's event selectors let through of the changes of ``sources``. Pure; takes GetEventSelectors' answer."""
    advanced = answer.get("AdvancedEventSelectors") or []
    if advanced:
        return _of(name, [_advanced(each, sources) for each in advanced])
    return _of(name, [_basic(each, sources) for each in answer.get("EventSelectors") or []])


def _of(name: str, parts: Iterable[str | None]) -> Coverage:
    """Of several selectors: None selects no changes, an empty text all of them, any other text says what is left out."""
    found = [part for part in parts if part is not None]
    if not found:
        return Coverage(name, gap="does not record management events that write")
    return Coverage(name, partly="" if "" in found else found[0])


def _basic(selector: Mapping[str, Any], sources: frozenset[str]) -> str | None:
    if (
        selector.get("IncludeManagementEvents") is False
        or selector.get("ReadWriteType", "All") not in _WRITES
    ):
        return None
    return _left_out(selector.get("ExcludeManagementEventSources") or [], sources)


def _advanced(selector: Mapping[str, Any], sources: frozenset[str]) -> str | None:
    fields = {str(each.get("Field")): each for each in selector.get("FieldSelectors") or []}
    if (fields.pop("eventCategory", {}).get("Equals") or []) != ["Management"]:
        return None
    if "true" in (fields.pop("readOnly", {}).get("Equals") or []):
        return None
    excluded = list(fields.pop("eventSource", {}).get("NotEquals") or [])
    if fields:
        return f"records only some management events (by {', '.join(sorted(fields))})"
    return _left_out(excluded, sources)


def _left_out(excluded: Iterable[Any], sources: frozenset[str]) -> str:
    missing = sorted({str(each) for each in excluded} & sources)
    return f"leaves out {', '.join(missing)}" if missing else ""
