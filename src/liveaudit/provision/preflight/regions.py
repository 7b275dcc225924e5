"""Are the regions enabled, in the account and in the receiver; is the region of the global services among them?"""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered

_ENABLED = frozenset({"opt-in-not-required", "opted-in"})


async def enabled_regions(
    caller: Caller, installation: Installation, account: str
) -> Mapping[str, bool] | str:
    """Every region of the partition and whether it is enabled in the account, or why that cannot be known.

    Source: EC2 API reference, "DescribeRegions".
    """
    try:
        answer = await caller.call(account, installation.home, "ec2", "DescribeRegions", {"AllRegions": True})
    except AwsCallError as error:
        return unanswered(error)
    return {
        str(each["RegionName"]): each.get("OptInStatus", "opt-in-not-required") in _ENABLED
        for each in answer.get("Regions") or ()
    }


def region_check(
    installation: Installation,
    account: Account,
    region: str,
    own: Mapping[str, bool] | str,
    receivers: Mapping[str, bool] | str,
) -> Check:
    """Whether a region is enabled where it has to be. A stack set fails where it is not."""
    for where, found in ((account.id, own), (installation.receiver, receivers)):
        who = remedy.owner(installation, where)
        if isinstance(found, str):
            return Check(
                account.id,
                region,
                Name.REGION,
                Outcome.UNKNOWN,
                f"whether {region} is enabled in {where}: {found}",
                who,
                remedy.make_documents(where),
            )
        if region not in found:
            reason = f"there is no region {region} in {installation.partition}, as {where} sees it"
            return Check(
                account.id, region, Name.REGION, Outcome.FAILED, reason, "whoever keeps the settings"
            )
        if not found[region]:
            return Check(
                account.id,
                region,
                Name.REGION,
                Outcome.FAILED,
                f"{region} is not enabled in {where}",
                who,
                remedy.command("aws", "account", "enable-region", "--region-name", region),
            )
    return Check(account.id, region, Name.REGION, Outcome.OK)


def home_check(installation: Installation, account: Account, catalog: Catalog) -> Check:
    """Whether the changes of global services arrive: their events come in one region of the partition only."""
    blind = global_services(catalog, installation)
    if not account.publishes or not blind:
        return Check(account.id, None, Name.HOME, Outcome.NOT_NEEDED)
    if installation.home in account.regions:
        return Check(account.id, None, Name.HOME, Outcome.OK)
    return Check(
        account.id,
        None,
        Name.HOME,
        Outcome.FAILED,
        f"changes of {', '.join(blind)} become events in {installation.home} only, which is not watched here: "
        "only sweeps would find them",
        f"whoever keeps the settings: add {installation.home} to the regions of {account.id}, or name the services "
        f"without {', '.join(blind)}",
    )


def global_services(catalog: Catalog, installation: Installation) -> tuple[str, ...]:
    """The chosen services all of whose resources are global."""
    return tuple(
        name
        for name, service in sorted(catalog.services.items())
        if (not installation.services or name in installation.services)
        and service.types
        and all(each.is_global for each in service.types.values())
    )
