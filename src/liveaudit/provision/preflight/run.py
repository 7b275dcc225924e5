"""All checks of all accounts and regions at once; what one account lacks holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision.actions import actions_of
from liveaudit.provision.documents import AccountDocuments, documents
from liveaudit.provision.documents.audit import role_arn
from liveaudit.provision.documents.functions import functions_of
from liveaudit.provision.installation import Account, Delivery, Installation
from liveaudit.provision.preflight.bus import check_room
from liveaudit.provision.preflight.channels import Looks, Trouble, check_channels
from liveaudit.provision.preflight.check import REGIONAL, Check, Name, Outcome
from liveaudit.provision.preflight.enter import Runner, enter, who_runs
from liveaudit.provision.preflight.fixes import check_fixes
from liveaudit.provision.preflight.functions import check_functions
from liveaudit.provision.preflight.harmless import try_writes
from liveaudit.provision.preflight.held import Holding, holdings, judged
from liveaudit.provision.preflight.organization import check_organization
from liveaudit.provision.preflight.permissions import Simulator
from liveaudit.provision.preflight.regions import enabled_regions, home_check, region_check
from liveaudit.provision.preflight.roles import ROLES, check_role
from liveaudit.provision.preflight.trails import Trails

_PERMISSIONS = (
    Name.AUDIT_PERMISSIONS,
    Name.RECEIVER_PERMISSIONS,
    Name.ADMINISTRATION_PERMISSIONS,
    Name.EXECUTION_PERMISSIONS,
    Name.FORWARDING_PERMISSIONS,
)


class Reads(Protocol):
    """Tries the reads of an account for real; ``every`` off: one of each service."""

    async def __call__(self, account: str, region: str, /, *, every: bool) -> Mapping[tuple[str, str], str]:
        """From botocore's service and operation to AWS's refusal, empty where it answered."""


async def _nothing() -> Sequence[Trouble]:
    return ()


@dataclass(slots=True)
class Preflight:
    """Checks an installation. ``on_check`` is told of each check as it ends; ``thorough``: every read is tried; ``looks``: at
    the channels.
    """

    installation: Installation
    caller: Caller
    catalog: Catalog
    policies: PolicyRegistry
    reads: Reads
    thorough: bool = False
    on_check: Callable[[Check], None] = lambda _check: None
    looks: Looks = _nothing
    checks: list[Check] = field(default_factory=list)
    _simulator: Simulator = field(init=False)
    _made: Mapping[str, AccountDocuments] = field(init=False)

    def __post_init__(self) -> None:
        """Raises SetupError when there can be no documents for this installation."""
        self._simulator = Simulator(self.caller, self.installation)
        made = documents(self.installation, self.catalog, self.policies)
        self._made = {each.account: each for each in made.accounts}

    def expected(self) -> list[tuple[str, str | None, Name]]:
        """Everything that will be checked: account, region and what. The receiver comes first."""
        wanted: list[tuple[str, str | None, Name]] = []
        for account in self._accounts():
            wanted += [(account.id, None, each) for each in Name if each not in REGIONAL]
            for region in self._regions(account):
                wanted += [(account.id, region, each) for each in REGIONAL]
        return wanted

    async def run(self) -> list[Check]:
        """All checks, in order of account, region and name."""
        runner = await who_runs(self.caller, self.installation)
        if isinstance(runner, Check):
            self._tell(runner)
            self._rest("nothing can be entered without credentials")
        else:
            receivers = asyncio.create_task(
                enabled_regions(self.caller, self.installation, self.installation.receiver)
            )
            await asyncio.gather(*(self._account(each, runner, receivers) for each in self._accounts()))
        order = {place: number for number, place in enumerate(self.expected())}
        return sorted(self.checks, key=lambda each: order[each.account, each.region, each.name])

    def _accounts(self) -> list[Account]:
        accounts = self.installation.accounts
        return sorted(accounts, key=lambda each: (each.id != self.installation.receiver, each.id))

    def _regions(self, account: Account) -> tuple[str, ...]:
        return self.installation.regions if account.id == self.installation.receiver else account.regions

    def _tell(self, check: Check) -> None:
        self.checks.append(check)
        self.on_check(check)

    def _rest(self, reason: str, account: str = "", outcome: Outcome = Outcome.UNKNOWN) -> None:
        """Everything (of one account) that was not checked: why not."""
        there = {(each.account, each.region, each.name) for each in self.checks}
        for place in self.expected():
            if place not in there and account in ("", place[0]):
                self._tell(Check(*place, outcome, reason))

    async def _account(
        self, account: Account, runner: Runner, receivers: asyncio.Task[Mapping[str, bool] | str]
    ) -> None:
        entered = await enter(self.caller, self.installation, account, runner)
        by_stack_set = account.id not in self._made
        if entered.outcome is Outcome.FAILED and by_stack_set:
            reason = f"not there yet: setup apply brings the audit role by stack set ({entered.reason})"
            self._tell(Check(account.id, None, Name.ENTER, Outcome.WARNING, reason[:600]))
            self._rest("not before the audit role is there", account.id, Outcome.NOT_NEEDED)
            return
        self._tell(entered)
        if entered.outcome.stops:
            self._rest("the account could not be entered", account.id)
            return
        own = asyncio.create_task(enabled_regions(self.caller, self.installation, account.id))
        trails = Trails(self.caller, self.installation, account, self._sources())
        self._tell(home_check(self.installation, account, self.catalog))
        await asyncio.gather(
            *(self._role(account, name) for name in ROLES),
            self._permissions(account),
            self._organization(account),
            self._beyond(account, runner),
            *(self._region(account, region, own, receivers, trails) for region in self._regions(account)),
        )

    async def _role(self, account: Account, name: Name) -> None:
        made = self._made.get(account.id)
        roles = {} if made is None else {each.name: each for each in made.roles}
        self._tell(await check_role(self.caller, self.installation, account.id, name, roles.get(ROLES[name])))

    async def _organization(self, account: Account) -> None:
        if account.id == self.installation.receiver:
            self._tell(await check_organization(self.caller, self.installation))
        else:
            self._tell(Check(account.id, None, Name.ORGANIZATION, Outcome.NOT_NEEDED))

    async def _beyond(self, account: Account, runner: Runner) -> None:
        """What is there only by the settings: fixes, functions that decide policies, channels."""
        given, caller = self.installation, self.caller
        by_stack_set = account.id not in self._made
        functions = functions_of(given, self.policies)
        self._tell(await check_fixes(caller, given, account, runner, by_stack_set=by_stack_set))
        self._tell(await check_functions(caller, given, account.id, functions))
        if account.id == given.receiver:
            self._tell(await check_channels(given, runner, self.looks))
        else:
            self._tell(Check(account.id, None, Name.CHANNELS, Outcome.NOT_NEEDED))

    async def _region(
        self,
        account: Account,
        region: str,
        own: asyncio.Task[Mapping[str, bool] | str],
        receivers: asyncio.Task[Mapping[str, bool] | str],
        trails: Trails,
    ) -> None:
        enabled = region_check(self.installation, account, region, await own, await receivers)
        self._tell(enabled)
        watched = account.publishes and region in account.regions
        if enabled.outcome is Outcome.FAILED:
            for name in (Name.TRAIL, Name.ROOM):
                self._tell(Check(account.id, region, name, Outcome.UNKNOWN, "the region is not enabled"))
            return
        if watched:
            self._tell(await trails.check(region))
        else:
            self._tell(Check(account.id, region, Name.TRAIL, Outcome.NOT_NEEDED))
        if account.id == self.installation.receiver and self.installation.delivery is Delivery.BUS:
            self._tell(await check_room(self.caller, self.installation, region))
        else:
            self._tell(Check(account.id, region, Name.ROOM, Outcome.NOT_NEEDED))

    async def _permissions(self, account: Account) -> None:
        made = self._made.get(account.id)
        if made is None:
            for name in _PERMISSIONS:
                self._tell(Check(account.id, None, name, Outcome.NOT_NEEDED, "made by the stack set"))
            return
        wanted = holdings(made, self.installation, role_arn(self.installation, account))
        held = {each.name: each for each in wanted}
        for name in _PERMISSIONS:
            if name not in held:
                self._tell(Check(account.id, None, name, Outcome.NOT_NEEDED))
        await asyncio.gather(*(self._holding(account, each) for each in wanted))

    async def _holding(self, account: Account, holding: Holding) -> None:
        simulated = await self._simulator.ask(account.id, holding.role, holding.statements)
        tried: Mapping[str, str] = {}
        if holding.name is Name.AUDIT_PERMISSIONS:
            tried = await self._reads(account, every=self.thorough or isinstance(simulated, AwsCallError))
        elif holding.name is Name.RECEIVER_PERMISSIONS:
            tried = await try_writes(self.caller, self.installation)
        self._tell(judged(self.installation, account.id, holding, simulated, tried))

    async def _reads(self, account: Account, *, every: bool) -> dict[str, str]:
        region = (self._regions(account) or (self.installation.home,))[0]
        found: dict[str, str] = {}
        for (client, operation), refusal in (await self.reads(account.id, region, every=every)).items():
            for action in actions_of(client, operation):
                found[action] = found.get(action) or refusal
        return found

    def _sources(self) -> frozenset[str]:
        chosen = self.installation.services or tuple(self.catalog.services)
        return frozenset(self.catalog.services[each].event_source for each in chosen)


def failures(checks: Iterable[Check]) -> list[Check]:
    """What somebody has to do something about, or what is not known."""
    return [each for each in checks if each.outcome.stops]


def mends(checks: Sequence[Check]) -> list[tuple[str, str, list[Check]]]:
    """The failures by who must do what: (who, command, what it is for), each command once."""
    found: dict[tuple[str, str], list[Check]] = {}
    for each in checks:
        if (each.outcome.stops or each.outcome is Outcome.WARNING) and (each.who or each.command):
            found.setdefault((each.who, each.command), []).append(each)
    return [(who, command, those) for (who, command), those in found.items()]
