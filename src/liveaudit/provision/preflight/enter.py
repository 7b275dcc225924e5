"""Can every account be entered: the runner's credentials, and AssumeRole on the audit role with its external id.

STS answers AccessDenied alike for a role that does not exist, a trust that does not name the caller, another external
id and a caller without sts:AssumeRole. What its text, the caller's own policies and the role itself tell narrows it
down; what remains open is said as open. Sources: STS API reference, "AssumeRole"; IAM User Guide, "Troubleshoot access
denied error messages".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.aws.caller import AMBIENT, Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.documents import Decision, MalformedDocument, Request, decide, parse
from liveaudit.policies.documents import trust as trusts
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered
from liveaudit.provision.preflight.denial import Refuser, denial_of

_SESSION = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+"
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})


@dataclass(frozen=True, slots=True)
class Runner:
    """Whose credentials these are. ``principal``: the ARN that trusts and policies name, for a session its role's."""

    account: str
    arn: str
    principal: str


async def who_runs(caller: Caller, installation: Installation) -> Runner | Check:
    """The runner, or the check that failed: without credentials nothing can be entered."""
    try:
        answer = await caller.call(AMBIENT, installation.home, "sts", "GetCallerIdentity", {})
    except AwsCallError as error:
        expired = " have run out: sign in again" if error.code in _EXPIRED else " do not work"
        if error.kind is Kind.UNAVAILABLE and "Credentials" not in error.code:
            expired = " could not be tried"
        return Check(
            installation.receiver,
            None,
            Name.ENTER,
            Outcome.FAILED,
            f"the credentials with which this runs{expired} ({error.code}: {error.message})"[:400],
            "whoever runs this",
            remedy.command("aws", "sts", "get-caller-identity"),
        )
    arn = str(answer["Arn"])
    return Runner(str(answer["Account"]), arn, _principal(arn, installation.runner))


def _principal(arn: str, declared: str) -> str:
    """The role behind a session's ARN, which lacks the role's path: as declared, if that can be the same one."""
    found = _SESSION.fullmatch(arn)
    if found is None:
        return arn
    start, end = f"arn:{found['partition']}:iam::{found['account']}:role/", found["role"]
    if declared.startswith(start) and declared.rsplit("/", 1)[-1] == end:
        return declared
    return start + end


async def enter(caller: Caller, installation: Installation, account: Account, runner: Runner) -> Check:
    """Whether the audit role of one account can be assumed, and if not, why."""
    role = "the ambient credentials" if account.ambient else installation.role_to_assume(account.id)
    try:
        answer = await caller.call(account.id, installation.home, "sts", "GetCallerIdentity", {})
    except AwsCallError as error:
        return await _Refused(caller, installation, account, runner, role).told(error)
    entered = str(answer["Account"])
    if entered != account.id:
        return _check(
            account,
            Outcome.FAILED,
            f"{role} opens account {entered}, not {account.id}",
            "whoever keeps the settings",
            "",
        )
    if account.ambient:
        return _check(account, Outcome.OK, "entered with the ambient credentials, as the settings say")
    return await _guarded(caller, installation, account)


async def _guarded(caller: Caller, installation: Installation, account: Account) -> Check:
    """The role could be assumed. Does it ask for the external id, and let in nobody else?"""
    role = installation.role_to_assume(account.id).rsplit("/", 1)[-1]
    try:
        answer = await caller.call(account.id, installation.home, "iam", "GetRole", {"RoleName": role})
        document = parse(answer["Role"]["AssumeRolePolicyDocument"])
    except AwsCallError as error:
        return _check(account, Outcome.OK, f"assumed; its trust was not looked at: {unanswered(error)}")
    except MalformedDocument as error:
        return _check(account, Outcome.OK, f"assumed; its trust cannot be read: {error.reason}")
    mend = (remedy.owner(installation, account.id), remedy.make_documents(account.id))
    if trusts.trust_allows_anyone(document):
        return _check(account, Outcome.FAILED, f"assumed, but {role} trusts every AWS account", *mend)
    if trusts.external_accounts_without_external_id(document, frozenset({account.id})):
        reason = f"assumed, but {role} trusts another account without asking for an external id"
        return _check(account, Outcome.WARNING, reason, *mend)
    return _check(account, Outcome.OK)


@dataclass(frozen=True, slots=True)
class _Refused:
    """Finds out why a role could not be assumed."""

    caller: Caller
    installation: Installation
    account: Account
    runner: Runner
    role: str

    @property
    def name(self) -> str:
        return self.role.rsplit("/", 1)[-1]

    async def told(self, error: AwsCallError) -> Check:
        if error.kind is not Kind.DENIED:
            outcome = Outcome.UNKNOWN if error.kind.passing else Outcome.FAILED
            return _check(self.account, outcome, unanswered(error), "whoever keeps the settings", "")
        denial = denial_of(error.message)
        if denial.refuser in (Refuser.IDENTITY, Refuser.ORGANIZATION, Refuser.NETWORK):
            return self._callers_side(denial.refuser, f"{denial.policy} of the caller refuses it")
        own = await self._simulated()
        if own is False:
            return self._callers_side(Refuser.IDENTITY, "its policies do not allow it (simulated)")
        seen = await self._seen()
        if seen is not None:
            return seen
        certain = denial.refuser in (Refuser.TRUST, Refuser.RESOURCE)
        return self._open(certain=certain, may=own)

    def _callers_side(self, refuser: Refuser, why: str) -> Check:
        who = f"whoever administers {self.runner.principal}"
        if refuser is Refuser.ORGANIZATION:
            who = "whoever administers the AWS organization"
        if refuser is Refuser.NETWORK:
            who = "whoever administers the VPC endpoint of STS"
        return _check(
            self.account,
            Outcome.FAILED,
            f"{self.runner.principal} may not sts:AssumeRole on {self.role}: {why}",
            who,
            remedy.command("liveaudit", "iam", "--account", self.runner.account),
        )

    def _open(self, *, certain: bool, may: bool | None) -> Check:
        """It is the role's side, in an account into which nobody but its owner can look."""
        options = [
            f"its trust does not name {self.runner.principal}",
            "it asks for another external id than the settings have"
            if self.account.external_id
            else "it asks for an external id, and the settings have none",
        ]
        if not certain:
            options.insert(0, f"there is no role {self.name}")
            if may is None:
                options.append(f"{self.runner.principal} may not sts:AssumeRole on it")
        return _check(
            self.account,
            Outcome.FAILED,
            f"AssumeRole on {self.role} was denied, and AWS does not say which of these it is: "
            + "; or ".join(options),
            remedy.owner(self.installation, self.account.id),
            f"{remedy.show_trust(self.name)} || {remedy.make_documents(self.account.id)}",
        )

    async def _simulated(self) -> bool | None:
        """Whether the runner's own policies allow it; None when that cannot be asked."""
        params = {
            "PolicySourceArn": self.runner.principal,
            "ActionNames": ["sts:AssumeRole"],
            "ResourceArns": [self.role],
        }
        try:
            answer = await self.caller.call(
                AMBIENT, self.installation.home, "iam", "SimulatePrincipalPolicy", params
            )
        except AwsCallError:
            return None
        results: list[Mapping[str, Any]] = answer.get("EvaluationResults") or []
        return all(each.get("EvalDecision") == "allowed" for each in results) if results else None

    async def _seen(self) -> Check | None:
        """What the role itself says, where the runner is at home in its account; else None."""
        if self.runner.account != self.account.id:
            return None
        mend = (remedy.owner(self.installation, self.account.id), remedy.make_documents(self.account.id))
        try:
            answer = await self.caller.call(
                AMBIENT, self.installation.home, "iam", "GetRole", {"RoleName": self.name}
            )
            document = parse(answer["Role"]["AssumeRolePolicyDocument"])
        except AwsCallError as error:
            if error.code == "NoSuchEntity":
                return _check(self.account, Outcome.FAILED, f"there is no role {self.name}", *mend)
            return None
        except MalformedDocument as error:
            return _check(self.account, Outcome.FAILED, f"its trust cannot be read: {error.reason}", *mend)
        given = self.account.external_id
        request = Request(
            "sts:AssumeRole",
            self.runner.principal,
            context={"aws:principalarn": self.runner.principal, "aws:principalaccount": self.runner.account}
            | ({"sts:externalid": given} if given else {}),
            absent=frozenset() if given else frozenset({"sts:externalid"}),
        )
        found = decide(document, request)
        if found.decision is Decision.ALLOWED:
            reason = f"the trust of {self.name} allows it, and yet AssumeRole was denied: by a policy of the organization, "
            return _check(
                self.account,
                Outcome.FAILED,
                reason + f"a permissions boundary or a session policy of {self.runner.principal}",
                f"whoever administers {self.runner.principal}",
            )
        doubt = "" if found.decision is Decision.DENIED else "perhaps: "
        return _check(
            self.account, Outcome.FAILED, f"the trust of {self.name} refuses: {doubt}{found.reason}", *mend
        )


def _check(account: Account, outcome: Outcome, reason: str = "", who: str = "", command: str = "") -> Check:
    return Check(account.id, None, Name.ENTER, outcome, reason, who, command)
