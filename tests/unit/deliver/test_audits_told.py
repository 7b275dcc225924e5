"""From an audit to a letter: what the auditor records is routed, with the tags for which routes ask."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from liveaudit.deliver.plan import plan_of
from liveaudit.deliver.routing import Router
from liveaudit.model import Cause, Resource
from liveaudit.store import work
from liveaudit.store.schema_outbox import outbox
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, Clock, FakeAws, make_auditor
from tests.support.telling_settings import settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The worker is asyncio's."""
    return "asyncio"


@pytest.mark.parametrize("asked", [True, False])
async def test_tags_are_read_where_a_route_asks_for_them(tmp_path: Path, asked: bool) -> None:
    aws, clock = FakeAws(), Clock()
    auditor = make_auditor(tmp_path, aws, clock)
    route = {"environments": ["production"]} if asked else {"severities": ["high"]}
    plan = plan_of(settings(routes=[{**route, "tell": ["team"]}]))
    auditor.rules.others_ask = lambda: plan.asks_for_tags
    router = Router(POLICIES, CATALOG)
    database = auditor.database
    await database.write(lambda c: router.step(c, plan, clock()))
    aws.widgets["w"] = {"Color": "red", "Lock": "L", "Tags": {"Environment": "production"}}
    aws.widgets["x"] = {"Color": "red", "Lock": "L", "Tags": {"env": "sandbox"}}
    for name in ("w", "x"):
        what = Resource("aws", ACCOUNT, REGION, "Fake::Widget", name)
        given = [Due(what, CATALOG.arn(what), Cause(f"event:{name}", "event", frozenset({"widget"})))]
        await database.write(partial(work.add_due, work=given, now=clock()))
    while await auditor.work_once():
        pass
    await database.write(lambda c: router.step(c, plan, clock()))
    letters = await database.read(lambda c: c.execute(select(outbox)).all())
    assert aws.counts["ListTags"] == (2 if asked else 0)
    assert len(letters) == (1 if asked else 2)
    database.close()
