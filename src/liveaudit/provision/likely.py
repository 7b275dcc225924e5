"""Why a hello is likely missing, where no dead-letter queue says it. Pure."""

from __future__ import annotations

from dataclasses import replace

from liveaudit.provision import names
from liveaudit.provision.drifts import Drift, Drifts, Mend
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import Observed
from liveaudit.provision.verify import Arrival, Result

_SHOWN = 3
_NO_TRACE = (
    "no trace of it: EventBridge may still be trying (wait longer with --timeout), or somebody else takes messages from "
    "this queue into another store"
)


def explained(result: Result, installation: Installation, observed: Observed, drifts: Drifts) -> Result:
    """The result with the likely reason, if it is missing and has none yet."""
    if result.arrival is not Arrival.MISSING or result.reason:
        return result
    if not _rolled_out(result, installation, observed):
        return replace(result, reason="not rolled out here yet: liveaudit setup apply")
    changed = [each for each in drifts.found if each.blocks and _on_the_way(result, installation, each)]
    if not changed:
        return replace(result, reason=_NO_TRACE)
    told = "; ".join(f"{each.account} {each.resource} {each.what}" for each in changed[:_SHOWN])
    return replace(result, reason=f"likely because {told}"[:500])


def _rolled_out(result: Result, installation: Installation, observed: Observed) -> bool:
    target = (result.sent.account, result.sent.region)
    own = result.sent.account == installation.receiver
    name = names.RECEIVER_STACK_SET if own else names.PUBLISHER_STACK_SET
    instances = (now.instances for key, now in observed.stack_sets.items() if key.name == name)
    return target in observed.stacks or any(target in each for each in instances)


def _on_the_way(result: Result, installation: Installation, drift: Drift) -> bool:
    """Whether a hello passes what was changed: in its own account and region, or in the receiver's."""
    account, region = result.sent.account, result.sent.region
    if drift.mend is Mend.OWNER:
        return drift.account == account  # a role, of all regions
    if drift.mend is Mend.GRANT:
        concerned = account in drift.resource or names.ORGANIZATION_GRANT in drift.resource
        return drift.region == region and concerned
    return drift.target in ((account, region), (installation.receiver, region))
