"""An organization that answers: a Caller of Organizations' lists and EC2's regions, made of plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.errors import AwsCallError, Kind
from tests.support.caller import Asked, CallerDouble

RECEIVER, SHOP, BANK, OLD, MANAGEMENT = (each * 12 for each in "12349")
ROOT, SALES, SHOPS, LABS = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"


def denied(operation: str, code: str = "AccessDeniedException") -> AwsCallError:
    """AWS says no."""
    return AwsCallError(Kind.DENIED, code, "not authorized", operation)


@dataclass
class FakeAws(CallerDouble):
    """The receiver and the management account in the root, the shop in sales/shops, the bank and a closed one in labs.

    ``fails``: (account, operation) to the error that is raised there.
    """

    units: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {ROOT: (SALES, LABS), SALES: (SHOPS,), SHOPS: (), LABS: ()}
    )
    members: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {ROOT: (RECEIVER, MANAGEMENT), SALES: (), SHOPS: (SHOP,), LABS: (BANK, OLD)}
    )
    states: dict[str, str] = field(default_factory=lambda: {OLD: "SUSPENDED"})
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fails: dict[tuple[str, str], AwsCallError] = field(default_factory=dict)

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        account, client, operation = asked.account, asked.client, asked.operation
        assert asked.region == "us-east-1"
        if (account, operation) in self.fails:
            raise self.fails[account, operation]
        if operation == "DescribeRegions":
            assert client == "ec2"
            return self._regions(account)
        assert (client, account) == ("organizations", RECEIVER)
        parent = str(asked.params.get("ParentId", ""))
        if parent and parent not in self.units:
            raise AwsCallError(Kind.ANSWER, "ParentNotFoundException", "no such parent", operation)
        match operation:
            case "DescribeOrganization":
                return {"Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT}}
            case "ListRoots":
                return {"Roots": [{"Id": ROOT}]}
            case "ListAccounts":
                return {
                    "Accounts": [self._member(each) for members in self.members.values() for each in members]
                }
            case "ListAccountsForParent":
                return {"Accounts": [self._member(each) for each in self.members[parent]]}
            case "ListOrganizationalUnitsForParent":
                return {"OrganizationalUnits": [{"Id": each} for each in self.units[parent]]}
        raise AssertionError(operation)

    @property
    def calls(self) -> Counter[tuple[str, str]]:
        """How often each operation was called, by account."""
        return Counter((each.account, each.operation) for each in self.asked)

    def _member(self, account: str) -> dict[str, str]:
        state = self.states.get(account, "ACTIVE")
        # older answers have Status alone
        told = {"State": state} if account != SHOP else {"Status": state}
        return {"Id": account, "Name": f"name of {account}", **told}

    def _regions(self, account: str) -> dict[str, Any]:
        return {
            "Regions": [
                {"RegionName": each, "OptInStatus": "opt-in-not-required"}
                for each in self.regions.get(account, ("us-east-1", "eu-west-1"))
            ]
        }
