"""AWS Security Hub: findings are imported and updated there, and the workflow status that people set there is read back.

An import does not touch what customers manage (the workflow, the verification state), once the finding is there: another
call sets it, and first. So what is imported there as of a status has had that status' workflow, and a workflow that is
another by then was set by somebody there. Source: BatchImportFindings, BatchUpdateFindings and GetFindings in Security
Hub's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.caller import AMBIENT, AwsCaller, ClosingCaller, RoleToAssume
from liveaudit.deliver.channels.aws import ask
from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Message, Request, Sent
from liveaudit.deliver.formats.asff import BATCH, asff
from liveaudit.deliver.interface import PRODUCT
from liveaudit.model import GLOBAL_REGION, home_region, partition_of
from liveaudit.settings.shape_of_channel_kinds import SecurityHubSettings
from liveaudit.text import shown

Place = tuple[str, str]
"""An account and a region."""


_NOT_THERE = "FindingNotFound"
_VALUES = 20
"""Of one field of a filter."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A finding as it stands there. ``status``: ours, as it was imported; ``workflow``: what is set there; ``note``: what
    somebody wrote there.
    """

    id: str
    status: str
    workflow: str
    note: str
    account: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Security Hub of an account and region."""

    account: str
    region: str
    operation: str
    params: dict[str, Any]


@dataclass(slots=True)
class SecurityHubChannel:
    """Imports findings into one Security Hub, or into that of each account.

    ``partitions``: of each account, as its findings tell.
    """

    name: str
    settings: SecurityHubSettings
    caller: ClosingCaller
    partitions: dict[str, str] = field(default_factory=dict)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        refused: list[str] = []
        for each in self.calls(message):
            who = AMBIENT if self.settings.account else each.account
            answer = await ask(self.caller, who, each.region, "securityhub", each.operation, each.params)
            refused += _refused(answer)
        if refused:
            raise ChannelError(
                f"Security Hub does not take {len(refused)}: {'; '.join(refused[:3])}", permanent=True
            )
        return Sent()

    def placed(self, message: Message) -> dict[Place, list[dict[str, Any]]]:
        """The findings in Security Hub's words, by where they are imported."""
        found: dict[Place, list[dict[str, Any]]] = {}
        for each in message.findings:
            told = asff(each.found)
            account = self.settings.account or told["AwsAccountId"]
            region = self.settings.region or told["Resources"][0]["Region"]
            self.partitions[account] = partition_of(region)
            told["AwsAccountId"] = account
            told["ProductArn"] = product_arn(account, region)
            found.setdefault((account, region), []).append(told)
        return found

    def calls(self, message: Message) -> Iterator[Call]:
        """What Security Hub is asked, in order: of each finding what an import leaves alone, then the import."""
        for (account, region), findings in self.placed(message).items():
            for batch in _batches(findings):
                for params in _updates(batch):
                    yield Call(account, region, "BatchUpdateFindings", params)
                yield Call(account, region, "BatchImportFindings", {"Findings": list(batch)})

    async def heard(self, places: Iterable[Place], ours: Sequence[str]) -> list[Heard]:
        """What people set there, of the findings of these accounts and regions. ``ours``: findings, by id, of which is asked
        whether what was set there was taken back. Raises ChannelError.
        """
        found: dict[str, Heard] = {}
        for account, region in self._where(places):
            self.partitions[account] = partition_of(region)
            who = AMBIENT if self.settings.account else account
            filters = [{"WorkflowStatus": _any_of("NOTIFIED", "SUPPRESSED")}]
            for first in range(0, len(ours), _VALUES):
                ids = [f"{PRODUCT}/{each}" for each in ours[first : first + _VALUES]]
                filters.append({"WorkflowStatus": _any_of("NEW"), "Id": _any_of(*ids)})
            for each in filters:
                params = {
                    "Filters": {"ProductName": _any_of(PRODUCT), "RecordState": _any_of("ACTIVE"), **each},
                    "MaxResults": 100,
                }
                answer = await ask(self.caller, who, region, "securityhub", "GetFindings", params, pages=True)
                for told in map(_heard, answer.get("Findings", [])):
                    if told is not None:
                        found[told.id] = told
        return list(found.values())

    def _where(self, places: Iterable[Place]) -> set[Place]:
        """The Security Hubs in which the findings of these accounts and regions are."""
        found = set()
        for account, region in places:
            asked = home_region(partition_of(region)) if region == GLOBAL_REGION else region
            found.add((self.settings.account or account, self.settings.region or asked))
        return found

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.caller.close()


def _updates(findings: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What sets the workflow and the verification, together for those that are alike."""
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in findings:
        key = (each["Workflow"]["Status"], each.get("VerificationState", "UNKNOWN"))
        alike.setdefault(key, []).append(each)
    for (workflow, verification), several in alike.items():
        yield {
            "FindingIdentifiers": [{"Id": each["Id"], "ProductArn": each["ProductArn"]} for each in several],
            "Workflow": {"Status": workflow},
            "VerificationState": verification,
        }


def _refused(answer: Mapping[str, Any]) -> list[str]:
    """What either call did not take, in words."""
    found = [
        *((each.get("Id", ""), each) for each in answer.get("FailedFindings", [])),
        *(
            (each.get("FindingIdentifier", {}).get("Id", ""), each)
            for each in answer.get("UnprocessedFindings", [])
            # the first time it is not there yet, and is imported with all of it
            if each.get("ErrorCode") != _NOT_THERE
        ),
    ]
    return [
        f"{identity}: {each.get('ErrorCode', '')}: {shown(str(each.get('ErrorMessage', ''))[:200])}"
        for identity, each in found
    ]


def product_arn(account: str, region: str) -> str:
    """The product of an account's own findings, which it may import for itself."""
    return f"arn:{partition_of(region)}:securityhub:{region}:{account}:product/{account}/default"


def _any_of(*values: str) -> list[dict[str, str]]:
    return [{"Value": each, "Comparison": "EQUALS"} for each in values]


def _heard(given: dict[str, Any]) -> Heard | None:
    product, _, identity = str(given.get("Id", "")).partition("/")
    if product != PRODUCT:
        return None
    return Heard(
        identity,
        str(given.get("ProductFields", {}).get(f"{PRODUCT}/status", "")),
        str(given.get("Workflow", {}).get("Status", "")),
        str(given.get("Note", {}).get("Text", "")),
        str(given.get("AwsAccountId", "")),
    )


def _batches(findings: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(findings), BATCH):
        yield findings[first : first + BATCH]


def _build(name: str, settings: SecurityHubSettings) -> SecurityHubChannel:
    partitions: dict[str, str] = {}

    def role_of(account: str) -> RoleToAssume | None:
        if not settings.role:
            return None
        arn = f"arn:{partitions.get(account, 'aws')}:iam::{account}:role/{settings.role}"
        return RoleToAssume(arn, settings.external_id)

    return SecurityHubChannel(name, settings, AwsCaller(role_of), partitions)


def _requests(channel: SecurityHubChannel, message: Message) -> list[Request]:
    return [
        Request(f"securityhub:{each.operation} of {each.account} in {each.region}", each.params)
        for each in channel.calls(message)
    ]


KIND = ChannelKind("security_hub", "AWS Security Hub", _build, whole=True, most=100, requests=_requests)
