"""Who this process is at AWS, and what its own credentials see: asked before there are any settings."""

from __future__ import annotations

import os
from dataclasses import dataclass

from liveaudit.aws.caller import AwsCaller
from liveaudit.aws.errors import AwsCallError
from liveaudit.model import home_region, partition_of
from liveaudit.provision.installation import SetupError
from liveaudit.provision.organizations import Listing, Lookup
from liveaudit.settings import OrganizationSettings
from liveaudit.web.setup.fields import role_of_identity


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials this process has. ``runner``: as the settings name it; ``error``: why nothing is known."""

    account: str = ""
    arn: str = ""
    runner: str = ""
    error: str = ""


def _home() -> str:
    """Where we are called: the home region of the partition that the environment points at."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return home_region(partition_of(region))


async def identity() -> Identity:
    """Ask AWS who we are."""
    caller = AwsCaller(home=_home())
    try:
        answer = await caller.call("", _home(), "sts", "GetCallerIdentity", {})
    except AwsCallError as error:
        return Identity(error=str(error))
    finally:
        await caller.close()
    arn = str(answer["Arn"])
    return Identity(str(answer["Account"]), arn, role_of_identity(arn))


async def members(wanted: OrganizationSettings) -> Listing:
    """The accounts of the organization that our own credentials see. Raises SetupError."""
    who = await identity()
    if who.error:
        raise SetupError(who.error)
    caller = AwsCaller(home=_home())
    try:
        return await Lookup(caller, who.account, _home()).run(wanted, with_root=False)
    finally:
        await caller.close()
