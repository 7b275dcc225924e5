"""What somebody changed by hand: looked for by several commands, and told by them alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from liveaudit.cli.common import note, safe
from liveaudit.cli.setup.common import SetupContext

if TYPE_CHECKING:
    from liveaudit.provision.desired import Target
    from liveaudit.provision.drifts import Drifts
    from liveaudit.provision.observe import Observed
    from liveaudit.provision.planner import Options


_MOST_PLACES = 4


async def looked_for(setup: SetupContext, observed: Observed, only: Sequence[Target] = ()) -> Drifts:
    """Everything that is not as it was rolled out: of our stacks and grants, and of the owners' forwarding roles."""
    from liveaudit.provision.documents import documents
    from liveaudit.provision.drift import drifted
    from liveaudit.provision.drift_roles import drifted_roles

    found = await drifted(setup.caller, setup.installation, observed, only)
    if observed.rules:
        made = documents(setup.installation, setup.catalog, setup.policies)
        found.add(await drifted_roles(setup.caller, setup.installation, made, only))
    return found


async def mending(setup: SetupContext, observed: Observed) -> tuple[Options, int]:
    """What has to be written again because somebody changed it, and how much cannot be looked at or mended so: told."""
    import uuid

    from liveaudit.provision.drift import drifted
    from liveaudit.provision.drifts import Drifts, Mend
    from liveaudit.provision.planner import Options

    found = await drifted(setup.caller, setup.installation, observed)
    by_hand = [each for each in found.found if each.mend not in (Mend.STACK, Mend.GRANT)]
    for line in drift_lines(Drifts(by_hand, found.unread)):
        note(line)
    return Options(drifted=found.targets, repair=uuid.uuid4().hex), len(by_hand) + len(found.unread)


def drift_lines(drifts: Drifts) -> Iterator[str]:
    """As text, safe for a terminal: what was changed, how it was and is, and what puts it right."""
    for each in drifts.found:
        yield safe(f"CHANGED  {each.account} {each.region}: {each.resource} {each.what}")
        for name, text in (("was", each.expected), ("is ", each.actual)):
            if text:
                yield safe(f"  {name} {text}")
        yield safe(f"  {each.mend}" + (f": {each.command}" if each.command else ""))
    places: dict[tuple[str, str], list[str]] = {}
    for unread in drifts.unread:
        where = f"{unread.account} {unread.region}"
        places.setdefault((unread.resource, unread.reason), []).append(where)
    for (resource, reason), found in places.items():
        more = f" and {len(found) - _MOST_PLACES} more" if len(found) > _MOST_PLACES else ""
        yield safe(f"UNKNOWN  {', '.join(found[:_MOST_PLACES])}{more}: {resource}: {reason}")


def drift_objects(drifts: Drifts, kind: str) -> Iterable[dict[str, Any]]:
    """As JSON objects. ``kind``: the key that tells what an object is."""
    yield from ({kind: "drift", **asdict(each)} for each in drifts.found)
    yield from ({kind: "unread", **asdict(each)} for each in drifts.unread)
