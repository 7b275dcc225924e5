"""Sections that are others': found by id and by ARN, at one remove and at two, and audited again when they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import ResourceReading, State, Wanted
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.plan import resting_on, with_bases
from liveaudit.catalog.types import ResourceType, Service
from liveaudit.model import Cause, Resource, Severity, Verdict, failed, passed
from liveaudit.policies.policy import Context, PolicyRegistry, policy
from liveaudit.store import findings, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.work import Due
from tests.support.caller import Asked, CallerDouble
from tests.support.fake import ACCOUNT, REGION, Clock

pytestmark = pytest.mark.anyio
OTHER = "222222222222"
POLICY = f"arn:aws:who::{ACCOUNT}:policy/all"

who = Service("who", event_source="who.amazonaws.com")


def _made(name: str, word: str, *, is_global: bool, operation: str, section: str) -> ResourceType:
    region = "" if is_global else "{region}"
    made = who.resource_type(
        f"Who::{name}",
        arn=f"arn:{{partition}}:who:{region}:{{account}}:{word}/{{id}}",
        named_by="requestParameters.id",
        gone="NotThere",
        is_global=is_global,
    )
    made.section(section, operation, {"Id": "{id}"}, value="Value", root=True, changed_by=f"Put{name}")
    made.listing(f"List{name}s", items="Items", item_id="Id")
    return made


rights = _made("Policy", "policy", is_global=True, operation="GetPolicy", section="document")
role = _made("Role", "role", is_global=True, operation="GetRole", section="role")
function = _made("Function", "function", is_global=False, operation="GetFunction", section="function")
role.section("attached", "ListAttached", {"Id": "{id}"}, value="Value", changed_by="Attach")
function.references("role_attached", role, "attached", ids="function.Role")
function.references("role_documents", rights, "document", ids="role_attached.*[].Arn")
function.references("some_documents", rights, "document", ids="role_attached.*[].Arn", partial=True)

POLICIES = PolicyRegistry()
_TEXTS: Any = {"title": "A title for the tests", "why": "because of the tests", "fix": "mend it by test."}


@policy(function, "function_is_modest", Severity.HIGH, registry=POLICIES, **_TEXTS)
def function_is_modest(role_documents: Mapping[str, Any]) -> Verdict:
    """No document allows all."""
    bad = sorted(arn for arn, document in role_documents.items() if document == "all")
    return failed("allows all", documents=bad) if bad else passed()


CATALOG = Catalog([who])


class Aws(CallerDouble):
    """Answers from a table of (operation, id)."""

    def __init__(self) -> None:
        super().__init__()
        self.throttles: set[str] = set()
        self.answers: dict[tuple[str, str], Any] = {
            ("GetFunction", "f"): {"Role": f"arn:aws:who::{ACCOUNT}:role/r"},
            ("GetRole", "r"): {"Name": "r"},
            ("ListAttached", "r"): [{"Arn": POLICY}],
            ("GetPolicy", "all"): "all",
        }

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        operation, rid = asked.operation, asked.params["Id"]
        if rid in self.throttles:
            raise AwsCallError(Kind.THROTTLED, "Throttling", "too fast", operation)
        if (operation, rid) not in self.answers:
            raise AwsCallError(Kind.ANSWER, "NotThere", "it is not", operation)
        return {"Value": self.answers[operation, rid]}

    def times(self) -> Counter[tuple[str, str, str]]:
        """How often each was asked, by account, operation and id."""
        return Counter((each.account, each.operation, each.params["Id"]) for each in self.asked)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def auditor(tmp_path: Path, aws: Aws) -> Iterator[Auditor]:
    database = Database(sqlite_url(tmp_path / "store.sqlite3"))
    ids = iter(f"finding-{number}" for number in range(1000))
    context = Context(frozenset({ACCOUNT}))
    yield Auditor(
        database=database,
        catalog=CATALOG,
        policies=POLICIES,
        caller=aws,
        context=context,
        clock=Clock(),
        owner="one",
        new_id=lambda: next(ids),
        jitter=lambda: 1.0,
    )
    database.close()


def resource(type_name: str, name: str) -> Resource:
    region = "global" if CATALOG.types[type_name].is_global else REGION
    return Resource("aws", ACCOUNT, region, type_name, name)


FUNCTION = resource("Who::Function", "f")


async def read(aws: Aws, section: str = "role_documents", **given: Any) -> ResourceReading:
    reader = Reader(CATALOG, aws, **given)
    return (await reader.read([Wanted(FUNCTION, frozenset({section}))]))[FUNCTION]


async def test_a_reference_takes_its_ids_from_another_reference(aws: Aws) -> None:
    found = await read(aws)
    assert found.sections["role_documents"].value == {POLICY: "all"}
    assert found.edges == {
        "role_attached": {(resource("Who::Role", "r"), "attached")},
        "role_documents": {(resource("Who::Policy", "all"), "document")},
    }
    assert set(aws.times().values()) == {1}


async def test_what_is_of_an_account_that_is_not_ours_is_unknown(aws: Aws) -> None:
    aws.answers["ListAttached", "r"] = [{"Arn": POLICY}, {"Arn": f"arn:aws:who::{OTHER}:policy/theirs"}]
    found = (await read(aws)).sections["role_documents"]
    assert (found.state, OTHER in found.reason) == (State.UNKNOWN, True)
    assert not any(each.account == OTHER for each in aws.asked)


async def test_a_partial_reference_is_without_what_lastingly_cannot_be_read(aws: Aws) -> None:
    foreign = {"Arn": f"arn:aws:who::{OTHER}:policy/theirs"}
    aws.answers["ListAttached", "r"] = [{"Arn": POLICY}, foreign]
    assert (await read(aws, "some_documents")).sections["some_documents"].value == {POLICY: "all"}
    found = await read(aws, "some_documents", enters={OTHER}.__contains__)
    assert found.sections["some_documents"].value == {POLICY: "all", foreign["Arn"]: None}
    aws.throttles = {"theirs"}
    found = await read(aws, "some_documents", enters={OTHER}.__contains__)
    standing = found.sections["some_documents"]
    assert (standing.state, standing.retry) == (State.UNKNOWN, Kind.THROTTLED), "asked again, it may be told"


async def test_what_is_of_another_account_of_ours_is_read_there(aws: Aws) -> None:
    theirs = f"arn:aws:who::{OTHER}:policy/theirs"
    aws.answers["ListAttached", "r"] = [{"Arn": theirs}]
    aws.answers["GetPolicy", "theirs"] = "some"
    found = await read(aws, enters={ACCOUNT, OTHER}.__contains__)
    assert found.sections["role_documents"].value == {theirs: "some"}
    assert aws.times()[OTHER, "GetPolicy", "theirs"] == 1


async def test_an_arn_of_something_else_is_left_out_and_one_that_is_gone_is_none(aws: Aws) -> None:
    gone = f"arn:aws:who::{ACCOUNT}:policy/gone"
    aws.answers["ListAttached", "r"] = [{"Arn": "arn:aws:sqs:eu-west-1:1:q"}, {"Arn": gone}, {"Arn": 7}]
    assert (await read(aws)).sections["role_documents"].value == {gone: None}


async def test_an_unread_base_makes_all_that_rests_on_it_unknown(aws: Aws) -> None:
    del aws.answers["ListAttached", "r"]
    aws.answers["GetFunction", "f"] = {"Role": f"arn:aws:who::{OTHER}:role/r"}
    found = (await read(aws)).sections["role_documents"]
    assert (found.state, "not looked into" in found.reason) == (State.UNKNOWN, True)


def test_bases_and_what_rests_on_them_are_found_at_every_remove() -> None:
    assert with_bases(function, {"role_documents"}) == {"role_documents", "role_attached", "function"}
    assert resting_on(function, {"function"}) == {*_AT_TWO_REMOVES, "role_attached", "function"}
    assert resting_on(function, {"role_attached"}) == {*_AT_TWO_REMOVES, "role_attached"}


_AT_TWO_REMOVES = {"role_documents", "some_documents"}
_NUMBERS = iter(range(1000))


async def due(auditor: Auditor, what: Resource, *sections: str) -> None:
    cause = Cause(f"event:e{next(_NUMBERS)}", "event", frozenset(sections))
    given = [Due(what, CATALOG.arn(what), cause)]
    assert isinstance(auditor.clock, Clock)
    auditor.clock.now += 300
    await auditor.database.write(lambda connection: work.add_due(connection, given, auditor.clock()))
    while await auditor.work_once():
        pass


async def standing(auditor: Auditor) -> list[str]:
    found = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    return [each["status"] for each in found]


async def test_a_change_at_two_removes_audits_who_rests_on_it(auditor: Auditor, aws: Aws) -> None:
    await due(auditor, FUNCTION)
    assert await standing(auditor) == ["new"]
    aws.answers["GetPolicy", "all"] = "some"
    await due(auditor, resource("Who::Policy", "all"), "document")
    assert await standing(auditor) == ["resolved"]
    aws.answers["GetPolicy", "all"] = "all"
    aws.answers["ListAttached", "r"] = []
    await due(auditor, resource("Who::Role", "r"), "attached")
    assert await standing(auditor) == ["resolved"]
    aws.answers["ListAttached", "r"] = [{"Arn": POLICY}]
    await due(auditor, resource("Who::Policy", "all"), "document")
    assert await standing(auditor) == ["resolved"], "nobody has told that it is attached again"
    await due(auditor, resource("Who::Role", "r"), "attached")
    assert await standing(auditor) == ["reopened"]
