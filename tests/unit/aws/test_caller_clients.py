"""Clients are kept as long as their credentials are good, and closed when nobody can be using them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from botocore.hooks import HierarchicalEmitter

from liveaudit.aws.caller import AwsCaller
from tests.support.fake import Clock


class Client:
    """Stands for a client of aiobotocore's and for the context it is made in."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.keys = keys
        self.closed = False
        self.meta = self
        self.events = HierarchicalEmitter()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert not self.closed
        self.closed = True


class Caller(AwsCaller):
    """A caller whose credentials are good for an hour."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.made: list[Client] = []
        self.clock = clock

    def _create(self, client: str, region: str, keys: Mapping[str, str]) -> Any:
        self.made.append(Client(keys))
        return self.made[-1]

    async def _keys(self, account: str) -> tuple[Mapping[str, str], float]:
        return {"account": account}, self.clock() + 3600


def test_one_client_as_long_as_its_credentials_are_good() -> None:
    async def both() -> None:
        clock = Clock()
        caller = Caller(clock)
        first, second = await asyncio.gather(*(caller.client("1", "eu-west-1", "s3") for _ in range(2)))
        assert first is second is caller.made[0]
        assert await caller.client("2", "eu-west-1", "s3") is not first
        clock.now += 3599
        assert await caller.client("1", "eu-west-1", "s3") is first
        clock.now += 1
        renewed = await caller.client("1", "eu-west-1", "s3")
        assert renewed is not first
        assert not first.closed, "a call may be under way"
        clock.now += 299
        await caller.client("3", "eu-west-1", "s3")
        assert not first.closed
        clock.now += 1
        await caller.client("4", "eu-west-1", "s3")
        assert [each.closed for each in caller.made] == [True, False, False, False, False]
        clock.now += 3600
        await caller.client("1", "eu-west-1", "s3")
        await caller.close()
        assert all(each.closed for each in caller.made)

    asyncio.run(both())
