"""An AWS that answers as it is told to, and a resource audited on it: the way from the calls to the verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.audit.judge import judge
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import Wanted
from liveaudit.aws.errors import AwsCallError, kind_of
from liveaudit.model import LiveauditError, Resource, Verdict
from liveaudit.policies.policy import Context, Policy
from liveaudit.services import load
from liveaudit.testing.judging import raise_it
from liveaudit.testing.samples import MOMENT


class NotToldError(LiveauditError):
    """A call was made for which nothing was told."""


@dataclass(slots=True)
class FakeAws:
    """Answers of AWS. ``calls``: what was asked: client, operation and parameters."""

    calls: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    _told: list[tuple[str, str, Mapping[str, Any], Mapping[str, Any] | AwsCallError]] = field(
        default_factory=list
    )

    def answers(self, client: str, operation: str, answer: Mapping[str, Any], **parameters: Any) -> FakeAws:
        """Give this answer, to calls with at least these parameters. What is told later counts first."""
        self._told.insert(0, (client, operation, parameters, answer))
        return self

    def refuses(
        self,
        client: str,
        operation: str,
        code: str,
        *,
        status: int = 400,
        message: str = "",
        **parameters: Any,
    ) -> FakeAws:
        """Give this error: ``AccessDenied``, ``ThrottlingException``, or what the API says where nothing is configured."""
        error = AwsCallError(kind_of(code, status), code, message, operation)
        self._told.insert(0, (client, operation, parameters, error))
        return self

    async def call(
        self,
        account: str,  # noqa: ARG002 - one account is like the other here
        region: str,  # noqa: ARG002 - as above
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,  # noqa: ARG002 - what is told is all
    ) -> Mapping[str, Any]:
        """See aws.caller.Caller. Raises NotToldError besides."""
        self.calls.append((client, operation, params))
        for told_client, told_operation, parameters, answer in self._told:
            if (told_client, told_operation) == (client, operation) and parameters.items() <= params.items():
                if isinstance(answer, AwsCallError):
                    raise answer
                return answer
        raise NotToldError(f"{client} {operation} {dict(params)}: tell the answer by answers() or refuses()")


def audited(
    resource: Resource,
    policies: Iterable[Policy],
    aws: FakeAws,
    *,
    own: Iterable[str] = (),
    trusted: Iterable[str] = (),
) -> dict[str, Verdict]:
    """The verdicts of the policies on the resource, by policy id, read from ``aws`` as an audit reads it.

    Empty if the resource is not there. What a policy raises comes through. Raises NotToldError.
    """
    chosen = list(policies)
    catalog = load()[0]
    wanted = Wanted(resource, frozenset(name for each in chosen for name in each.sections))
    reading = asyncio.run(Reader(catalog, aws).read([wanted]))[resource]
    if reading.gone:
        return {}
    return judge(
        chosen,
        reading,
        now=MOMENT,
        context=Context(frozenset({resource.account, *own}), frozenset(trusted)),
        report=raise_it,
    )
