"""A user's function that is asked, whatever it answers or does not: in batches, and UNKNOWN with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from liveaudit.audit.asked import contract
from liveaudit.audit.asked.functions import FunctionEvaluator, Gate, Tries
from liveaudit.audit.asked.invoking import AwsInvoke, Failure, Function, InvocationError
from liveaudit.audit.asked.requests import MOST_BYTES, asking_of, batches
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.custom.functions import Asked
from liveaudit.model import Outcome, Resource, Severity, Verdict
from liveaudit.policies.asking import Question, Unanswered
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from tests.support.caller import Asked as Call
from tests.support.caller import CallerDouble

pytestmark = pytest.mark.anyio
DOCS = Path(__file__).parents[4] / "docs"
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:judge"
REQUEST = jsonschema.Draft202012Validator(contract.schemas()["lambda-request.schema.json"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def never(**_: object) -> Verdict:
    raise AssertionError


def policy(**options: Any) -> Policy:
    return Policy(
        id="acme_named",
        type="AWS::S3::Bucket",
        service="s3",
        severity=Severity.HIGH,
        title="Buckets are named well",
        why="w",
        fix="f",
        judge=never,
        sections=frozenset({"acl"}),
        parameters=("acl",),
        kind=PolicyKind.LAMBDA,
        version="v1",
        asks=Asks(ARN, Asked(**options)),
    )


def bucket(name: str) -> Resource:
    return Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", name)


def question(name: str, **more: Any) -> Question:
    given = {"arn": f"arn:aws:s3:::{name}", "sections": {"acl": {"Grants": []}}}
    return Question(bucket(name), f"key-{name}", **{**given, **more})


Answer = Callable[[dict[str, Any]], Any]


def passing(request: dict[str, Any]) -> Any:
    return {
        "version": "1",
        "verdicts": [{"key": each["key"], "verdict": "PASS"} for each in request["resources"]],
    }


class Functions:
    """The user's function. ``answers``: what it does, one after the other, the last for ever."""

    def __init__(self, *answers: Answer | InvocationError | bytes) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.waits: list[float] = []

    async def __call__(self, function: Function, request: bytes, *, timeout: float) -> bytes:
        assert (function.account, function.region, timeout) == ("111111111111", "eu-west-1", 60)
        decoded = json.loads(request)
        self.requests.append(decoded)
        self.sizes.append(len(request))
        REQUEST.validate(decoded)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, InvocationError):
            raise answer
        if isinstance(answer, bytes):
            return answer
        return json.dumps(answer(decoded)).encode()

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def ask(self, questions: Sequence[Question], **options: Any) -> dict[str, Verdict]:
        evaluator = FunctionEvaluator(self, pause=self.pause, jitter=lambda: 1.0)
        found = await evaluator.ask(policy(**options), questions)
        return {resource.id: verdict for resource, verdict in found.items()}


THREE = [question(name) for name in ("a", "b", "c")]


def told(verdicts: dict[str, Verdict]) -> dict[str, str]:
    return {name: each.outcome.value for name, each in verdicts.items()}


async def test_verdicts_come_back_with_reason_and_evidence() -> None:
    def answer(request: dict[str, Any]) -> Any:
        a, b, c = (each["key"] for each in request["resources"])
        return {
            "version": "1",
            "more": "is passed over",
            "verdicts": [
                {"key": c, "verdict": "NOT_APPLICABLE", "reason": "no owner"},
                {"key": a, "verdict": "PASS"},
                {"key": b, "verdict": "FAIL", "reason": "bad name", "evidence": {"name": "b"}, "more": 1},
                {"key": "of nobody", "verdict": "FAIL"},
            ],
        }

    functions = Functions(answer)
    found = await functions.ask(THREE)
    assert found["b"] == Verdict(Outcome.FAIL, "bad name", {"name": "b"})
    assert told(found) == {"a": "PASS", "b": "FAIL", "c": "NOT_APPLICABLE"}
    (request,) = functions.requests
    assert request["policy"] == {
        "id": "acme_named",
        "title": "Buckets are named well",
        "severity": "high",
        "version": "v1",
    }


async def test_all_that_is_known_is_sent() -> None:
    change = {"event_id": "e", "actor": {"arn": "arn:who"}, "time": "2027-01-15T08:00:00+00:00"}
    one = question("a", tags={"Owner": "me"}, change=change, parameters={"days": 3, "ports": (1, 2)})
    functions = Functions(passing)
    await functions.ask([one])
    assert functions.requests[0]["resources"] == [
        {
            "key": "key-a",
            "partition": "aws",
            "account": "111111111111",
            "region": "eu-west-1",
            "type": "AWS::S3::Bucket",
            "id": "a",
            "arn": "arn:aws:s3:::a",
            "tags": {"Owner": "me"},
            "sections": {"acl": {"Grants": []}},
            "omitted": [],
            "parameters": {"days": 3, "ports": [1, 2]},
            "change": change,
        }
    ]


async def test_the_key_of_a_request_is_that_of_its_questions() -> None:
    functions = Functions(passing)
    await functions.ask(THREE)
    await functions.ask(THREE[::-1])
    await functions.ask(THREE[:2])
    keys = [each["idempotency_key"] for each in functions.requests]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "not as the contract has it"),
        (b"null", "not as the contract has it"),
        (b'"PASS"', "not as the contract has it"),
        (b"[" * 100_000, "not as the contract has it"),
        (b'{"version": "1", "verdicts": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", ""),
        (b'{"version": "2", "verdicts": []}', "Invalid enum value '2'"),
        (b'{"version": "1"}', "missing required field `verdicts`"),
        (b'{"version": "1", "verdicts": []}', "gave no verdict on it"),
        (b'{"version": "1", "verdicts": [true, 5, null, {}]}', "gave no verdict on it"),
        (b'{"version": "1", "verdicts": [{"key": "key-a", "verdict": "pass"}]}', "Invalid enum value 'pass'"),
        (b'{"version": "1", "verdicts": [{"key": "key-a", "verdict": true}]}', "Expected `str`"),
        (b'{"version": "1", "verdicts": [{"key": "key-a"}]}', "missing required field `verdict`"),
        (b'{"version": "1", "verdicts": [{"key": ["key-a"], "verdict": "PASS"}]}', "gave no verdict on it"),
        (
            b'{"version": "1", "verdicts": [{"key": "key-a", "verdict": "PASS"}, {"key": "key-a", "verdict": "FAIL"}]}',
            "two different verdicts",
        ),
        (b"\xff\xfe", "not as the contract has it"),
        (
            b'{"version": "1", "verdicts": [{"key": "key-a", "verdict": "PASS", "reason": "\\ud800"}]}',
            "not as the contract has it",
        ),
    ],
)
async def test_nonsense_is_unknown_and_says_why(answer: bytes, reason: str) -> None:
    (verdict,) = (await Functions(answer).ask([question("a")])).values()
    assert isinstance(verdict, Unanswered)
    assert verdict.outcome is Outcome.UNKNOWN
    assert reason in verdict.reason


async def test_one_bad_verdict_spoils_no_other() -> None:
    def answer(request: dict[str, Any]) -> Any:
        made = passing(request)
        made["verdicts"][1]["verdict"] = "maybe"
        del made["verdicts"][2]
        return made

    found = await Functions(answer).ask(THREE)
    assert told(found) == {"a": "PASS", "b": "UNKNOWN", "c": "UNKNOWN"}
    assert not isinstance(found["a"], Unanswered)


async def test_long_reasons_and_evidence_are_cut() -> None:
    def answer(request: dict[str, Any]) -> Any:
        evidence = {"much": "x" * 100_000}
        verdict = {"key": "key-a", "verdict": "FAIL", "reason": "y" * 5_000, "evidence": evidence}
        return {"version": "1", "verdicts": [verdict]}

    (verdict,) = (await Functions(answer).ask([question("a")])).values()
    assert verdict.outcome is Outcome.FAIL
    assert len(verdict.reason) == contract.LONGEST_REASON
    assert list(verdict.evidence) == ["omitted"]


async def test_batches_are_cut_by_number() -> None:
    functions = Functions(passing)
    assert len(await functions.ask([question(f"b{at}") for at in range(7)], batch=3)) == 7
    assert sorted(len(each["resources"]) for each in functions.requests) == [1, 3, 3]


async def test_batches_are_cut_by_size() -> None:
    large = [question(f"b{at}", sections={"acl": "x" * 1_500_000}) for at in range(7)]
    functions = Functions(passing)
    assert len(await functions.ask(large, batch=100)) == 7
    assert [len(each["resources"]) for each in functions.requests] == [3, 3, 1]
    assert max(functions.sizes) <= MOST_BYTES


async def test_what_is_too_large_alone_is_left_out_by_name() -> None:
    sections = {"acl": "x" * 7_000_000, "policy_document": {"Statement": []}}
    functions = Functions(passing)
    assert told(await functions.ask([question("a", sections=sections)])) == {"a": "PASS"}
    (resource,) = functions.requests[0]["resources"]
    assert resource["sections"] == {"policy_document": {"Statement": []}}
    (omitted,) = resource["omitted"]
    assert (omitted["section"], omitted["bytes"]) == ("acl", 7_000_002)
    other = asking_of(question("a", sections={"acl": "y" * 7_000_000}))
    assert json.loads(other.text)["omitted"][0]["digest"] != omitted["digest"]


def test_whatever_the_sizes_all_are_sent_and_no_batch_is_too_large() -> None:
    asking = [
        asking_of(question(f"b{at}", sections={"acl": "x" * (at * 997 % 5000)}), 6_000) for at in range(200)
    ]
    made = list(batches(asking, 13, 12_000))
    assert [each for batch in made for each in batch] == asking
    assert all(len(batch) <= 13 and sum(len(each.text) for each in batch) <= 12_000 - 4_096 for batch in made)


def failing(failure: Failure, reason: str = "no") -> InvocationError:
    return InvocationError(failure, reason)


async def test_throttling_is_waited_for_and_then_told() -> None:
    functions = Functions(failing(Failure.THROTTLED), failing(Failure.THROTTLED), passing)
    assert set(told(await functions.ask(THREE)).values()) == {"PASS"}
    assert functions.waits == [0.5, 1.0]
    functions = Functions(failing(Failure.THROTTLED, "too many"))
    (reason,) = {each.reason for each in (await functions.ask(THREE)).values()}
    assert reason == "too many"
    assert len(functions.requests) == Tries().throttled


async def test_who_is_late_or_gone_is_not_asked_at_once_again() -> None:
    functions = Functions(failing(Failure.LATER, "gone"))
    found = await functions.ask(THREE)
    assert {(each.outcome, each.reason) for each in found.values()} == {(Outcome.UNKNOWN, "gone")}
    assert len(functions.requests) == 1


async def test_one_that_breaks_the_function_spoils_no_other() -> None:
    def breaks_on_c(request: dict[str, Any]) -> Any:
        if any(each["id"] == "b3" for each in request["resources"]):
            raise failing(Failure.BATCH, "the function failed")
        return passing(request)

    functions = Functions(breaks_on_c)
    found = await functions.ask([question(f"b{at}") for at in range(8)])
    assert [name for name, each in told(found).items() if each != "PASS"] == ["b3"]
    assert found["b3"].reason == "the function failed"


async def test_a_function_that_always_fails_is_soon_left_alone() -> None:
    functions = Functions(failing(Failure.BATCH, "always"))
    found = await functions.ask([question(f"b{at}") for at in range(64)], batch=64)
    assert {each.reason for each in found.values()} == {"always"}
    assert len(functions.requests) <= 2 * Tries().fruitless + 2


async def test_a_gate_opens_as_far_as_the_function_bears() -> None:
    gate = Gate(8)
    for _ in range(8):
        await gate.__aenter__()
    gate.throttled()
    assert gate.allowed == 4
    for _ in range(8):
        await gate.__aexit__()
    for _ in range(40):
        gate.answered()
    assert gate.allowed == 8
    for _ in range(10):
        gate.throttled()
    assert gate.allowed == 1


class Aws(CallerDouble):
    """Lambda, with one answer."""

    def __init__(self, answer: dict[str, Any] | AwsCallError) -> None:
        super().__init__()
        self.answer = answer

    def respond(self, asked: Call) -> Mapping[str, Any] | AwsCallError:
        return self.answer


async def invoked(answer: dict[str, Any] | AwsCallError) -> bytes:
    return await AwsInvoke(Aws(answer))(Function(ARN), b"{}", timeout=60)


async def test_it_is_invoked_in_its_account_and_waited_for() -> None:
    aws = Aws({"StatusCode": 200, "Payload": b"{}"})
    assert await AwsInvoke(aws)(Function(ARN), b"[]", timeout=60) == b"{}"
    ((account, region, client, operation, params, _),) = aws.asked
    assert (account, region, client, operation) == ("111111111111", "eu-west-1", "lambda", "Invoke")
    assert params == {"FunctionName": ARN, "InvocationType": "RequestResponse", "Payload": b"[]"}


@pytest.mark.parametrize(
    ("answer", "failure", "reason"),
    [
        (
            {"FunctionError": "Unhandled", "Payload": b'{"errorMessage": "oh", "errorType": "ValueError"}'},
            Failure.BATCH,
            "ValueError: oh",
        ),
        ({"FunctionError": "Unhandled", "Payload": b"?"}, Failure.BATCH, "it does not say why"),
        (
            AwsCallError(Kind.THROTTLED, "TooManyRequestsException", "Rate", "Invoke"),
            Failure.THROTTLED,
            "throttled",
        ),
        (AwsCallError(Kind.UNAVAILABLE, "ServiceException", "", "Invoke"), Failure.UNAVAILABLE, "no answer"),
        (AwsCallError(Kind.DENIED, "AccessDeniedException", "", "Invoke"), Failure.LATER, "liveaudit iam"),
        (
            AwsCallError(Kind.ANSWER, "ResourceNotFoundException", "", "Invoke"),
            Failure.LATER,
            "there is no function",
        ),
        (AwsCallError(Kind.ANSWER, "RequestTooLargeException", "", "Invoke"), Failure.BATCH, "too large"),
        (AwsCallError(Kind.ANSWER, "Odd", "what", "Invoke"), Failure.LATER, "Odd: what"),
    ],
)
async def test_what_goes_wrong_is_told_in_words(
    answer: dict[str, Any] | AwsCallError, failure: Failure, reason: str
) -> None:
    with pytest.raises(InvocationError, match=reason) as raised:
        await invoked(answer)
    assert raised.value.failure is failure


async def test_a_policy_that_asks_no_function_is_refused() -> None:
    with pytest.raises(ValueError, match="asks no function"):
        await FunctionEvaluator(Functions(passing)).ask(replace(policy(), asks=None), THREE)


@pytest.mark.parametrize("name", sorted(contract.schemas()))
def test_the_published_schemas_are_up_to_date(name: str) -> None:
    published = json.loads((DOCS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    assert published == json.loads(json.dumps(contract.schemas()[name])), (
        "liveaudit policies schema; see CONTRIBUTING"
    )
