"""The regions of an account: which are enabled, and what EC2 and Account Management say of them.

Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from liveaudit.lab import answers
from liveaudit.lab.answers import Answer, CallRefused
from liveaudit.lab.calls import Call
from liveaudit.lab.organization import organization_of

DEFAULT_REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""Those older than March 2019, which every account has and cannot do without."""
_PAGE = 50


def needs_opt_in(region: str) -> bool:
    """Whether an account has this region only when it asks for it."""
    return region not in DEFAULT_REGIONS


def answer(call: Call, enabled: Callable[[str], Collection[str]]) -> Answer | None:
    """The answer to a call that asks for regions, None for every other call. ``enabled``: those of an account."""
    if (call.service, call.operation) == ("ec2", "DescribeRegions"):
        return answers.render(call, {"Regions": _described(call.params(), enabled(call.account))})
    if (call.service, call.operation) == ("account", "ListRegions"):
        try:
            return answers.render(call, _listed(call.account, call.params(), enabled))
        except CallRefused as refused:
            return answers.refuse(call, refused)
    return None


@functools.cache
def _every_region() -> Sequence[str]:
    import botocore.session

    return sorted(botocore.session.get_session().get_available_regions("ec2"))


def _described(params: Mapping[str, Any], enabled: Collection[str]) -> list[dict[str, str]]:
    named = set(params.get("RegionNames") or ())
    shown = sorted({*_every_region(), *enabled}) if params.get("AllRegions") else sorted(enabled)
    wanted = {
        value
        for one in params.get("Filters") or ()
        if one.get("Name") == "opt-in-status"
        for value in one.get("Values") or ()
    }
    described = [
        {
            "RegionName": region,
            "Endpoint": f"ec2.{region}.amazonaws.com",
            "OptInStatus": _status(region, region in enabled),
        }
        for region in shown
        if not named or region in named
    ]
    return [one for one in described if not wanted or one["OptInStatus"] in wanted]


def _status(region: str, is_enabled: bool) -> str:
    if not is_enabled:
        return "not-opted-in"
    return "opted-in" if needs_opt_in(region) else "opt-in-not-required"


def _may_ask(caller: str, account: str) -> bool:
    """Only an organisation's management account and its delegated administrators may ask for another account."""
    if account == caller:
        return True
    organization = organization_of(caller)
    if organization is None or account not in organization.members:
        return False
    return caller == organization.management_account or organization.delegates(caller)


def _listed(
    caller: str, params: Mapping[str, Any], enabled: Callable[[str], Collection[str]]
) -> dict[str, Any]:
    account = str(params.get("AccountId") or caller)
    if not _may_ask(caller, account):
        raise CallRefused(
            "AccessDeniedException", f"{caller} has no access to the regions of {account}.", 403
        )
    has = enabled(account)
    wanted = set(params.get("RegionOptStatusContains") or ())
    listed = []
    for region in sorted({*_every_region(), *has}):
        status = "DISABLED"
        if region in has:
            status = "ENABLED" if needs_opt_in(region) else "ENABLED_BY_DEFAULT"
        if not wanted or status in wanted:
            listed.append({"RegionName": region, "RegionOptStatus": status})
    return answers.page(listed, params, "Regions", _PAGE)
