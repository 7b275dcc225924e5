"""Do the roles that an account's owner makes stand, and do they trust whom they have to?

Trust is judged by what it must let happen, not by its text: each Allow of the document that is asked for becomes
requests, which the trust that stands must allow. Source: IAM API reference, "GetRole".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.documents import Decision, Document, MalformedDocument, Request, decide, parse
from liveaudit.policies.documents import trust as trusts
from liveaudit.provision import names
from liveaudit.provision.documents.model import Role, Trust
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered

ROLES = {
    Name.ADMINISTRATION: names.ADMINISTRATION_ROLE,
    Name.EXECUTION: names.EXECUTION_ROLE,
    Name.FORWARDING: names.FORWARDING_ROLE,
}


async def check_role(
    caller: Caller, installation: Installation, account: str, name: Name, role: Role | None
) -> Check:
    """Whether a role stands as its document has it. ``role`` None: the account needs none."""
    if role is None:
        return Check(account, None, name, Outcome.NOT_NEEDED)
    who, command = remedy.owner(installation, account), remedy.make_documents(account)
    try:
        answer = await caller.call(account, installation.home, "iam", "GetRole", {"RoleName": role.name})
        given = answer["Role"]
        document = parse(given["AssumeRolePolicyDocument"])
    except AwsCallError as error:
        if error.code == "NoSuchEntity":
            return Check(account, None, name, Outcome.FAILED, f"there is no role {role.name}", who, command)
        reason = unanswered(error)
        return Check(
            account, None, name, Outcome.UNKNOWN, reason, who, command if error.kind is Kind.DENIED else ""
        )
    except MalformedDocument as error:
        reason = f"the trust of {role.name} cannot be read: {error.reason}"
        return Check(account, None, name, Outcome.FAILED, reason, who, command)
    if given.get("Path", "/") != role.path:
        reason = (
            f"{role.name} has the path {given['Path']!s:.100}, where {role.path} is needed: it is another ARN"
        )
        return Check(account, None, name, Outcome.FAILED, reason, who, command)
    regions = installation.account(account).regions
    if role.name == names.ADMINISTRATION_ROLE:
        regions = (installation.home,)  # where stack sets are run
    outcome, reason = judge_trust(document, role, regions)
    if outcome is Outcome.OK:
        return Check(account, None, name, outcome)
    return Check(account, None, name, outcome, reason, who, command)


def judge_trust(document: Document, role: Role, regions: Sequence[str]) -> tuple[Outcome, str]:
    """What a trust document is worth for a role: whether it lets in whom it must, and nobody that it must not.

    ``regions``: in which it is used.
    """
    doubt = ""
    for trust in role.trusts:
        for request in requests(trust, regions):
            answer = decide(document, request)
            if answer.decision is Decision.DENIED:
                return Outcome.FAILED, f"{role.name} does not let {request.principal} in: {answer.reason}"
            if answer.decision is Decision.UNSURE:
                doubt = doubt or f"whether {role.name} lets {request.principal} in: {answer.reason}"
    if trusts.trust_allows_anyone(document):
        return Outcome.FAILED, f"{role.name} trusts every AWS account"
    if doubt:
        return Outcome.UNKNOWN, doubt
    narrowed = all(trust.condition for trust in role.trusts if trust.kind == "Service")
    if narrowed and trusts.service_trust_without_source(document):
        return Outcome.WARNING, f"{role.name} can be used through AWS services on behalf of other accounts"
    return Outcome.OK, ""


def requests(trust: Trust, regions: Sequence[str]) -> Iterator[Request]:
    """Every request that this Allow is there for, so far as its conditions name values, in each of the regions.

    Any other ``*`` in a value stays, and stands for all.
    """
    named = [
        (key.lower(), tuple(_in_regions((value,) if isinstance(value, str) else value, regions)))
        for keys in trust.condition.values()
        for key, value in keys.items()
    ]
    for principal in trust.principals:
        for values in itertools.product(*(each for _, each in named)):
            context = {key: value for (key, _), value in zip(named, values, strict=True)}
            # a whole account narrowed to one principal: that one asks
            asking = context.get("aws:principalarn", principal)
            absent = frozenset() if "sts:externalid" in context else frozenset({"sts:externalid"})
            if trust.kind == "AWS":
                context = {
                    "aws:principalarn": asking,
                    "aws:principalaccount": asking.split(":")[4],
                    **context,
                }
            yield Request("sts:AssumeRole", asking, context=context, absent=absent)


def _in_regions(values: Iterable[str], regions: Sequence[str]) -> Iterator[str]:
    for value in values:
        fields = value.split(":")
        if len(fields) > 5 and fields[0] == "arn" and fields[3] == "*" and regions:
            yield from (":".join([*fields[:3], region, *fields[4:]]) for region in regions)
        else:
            yield value
