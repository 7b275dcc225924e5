"""Is there room for the grants in the policy of the receiver's bus?"""

from __future__ import annotations

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision import names
from liveaudit.provision.grants import POLICY_LIMIT, parse_bus, wanted_grants
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered


async def check_room(caller: Caller, installation: Installation, region: str) -> Check:
    """Whether the publishers' grants fit beside what others have put there. Source: EventBridge quotas."""
    receiver = installation.receiver
    arn = names.bus_arn(installation.partition, receiver, region)
    publishers = [each.id for each in installation.other_publishers if region in each.regions]
    who = remedy.owner(installation, receiver)
    if not publishers:
        return Check(receiver, region, Name.ROOM, Outcome.NOT_NEEDED)
    try:
        answer = await caller.call(receiver, region, "events", "DescribeEventBus", {"Name": names.BUS})
        bus = parse_bus(arn, answer.get("Policy"))
        wanted = wanted_grants(bus, publishers, installation.organization)
    except AwsCallError as error:
        command = remedy.make_documents(receiver)
        return Check(receiver, region, Name.ROOM, Outcome.UNKNOWN, unanswered(error), who, command)
    except SetupError as error:
        command = remedy.command("aws", "events", "describe-event-bus", "--region", region)
        return Check(receiver, region, Name.ROOM, Outcome.FAILED, str(error)[:600], who, command)
    reason = f"{len(wanted)} statements of at most {POLICY_LIMIT} characters together"
    return Check(receiver, region, Name.ROOM, Outcome.OK, reason)
