"""The double of a Caller: what AWS is asked is kept, and a test says what it answers."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from liveaudit.aws.errors import AwsCallError


class Asked(NamedTuple):
    """One call."""

    account: str
    region: str
    client: str
    operation: str
    params: Mapping[str, Any]
    pages: bool


@dataclass
class CallerDouble(ABC):
    """A Caller (``aws/caller.py``) without an AWS. ``asked``: every call, in order; ``respond`` says what comes of it."""

    asked: list[Asked] = field(default_factory=list, init=False)
    closed: int = field(default=0, init=False)

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """See Caller. Others run meanwhile, as they do during a call."""
        asked = Asked(account, region, client, operation, params, pages)
        self.asked.append(asked)
        await asyncio.sleep(0)
        answer = self.respond(asked)
        if isinstance(answer, AwsCallError):
            raise answer
        return answer

    @abstractmethod
    def respond(self, asked: Asked) -> Mapping[str, Any] | AwsCallError:
        """What AWS says; an error is raised."""

    async def close(self) -> None:
        """As an AwsCaller is closed; how often is counted."""
        self.closed += 1

    def operations(self) -> list[str]:
        """The operations that were asked for, in order."""
        return [each.operation for each in self.asked]
