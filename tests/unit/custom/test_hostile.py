"""Hostile files and expressions: none crashes, none hangs, none gets out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveaudit.custom.cel_engine import STRIKES, Checked, Engine, EngineError
from liveaudit.custom.files import load_bytes
from tests.support.own_policies import a_file, own

NAMES = ["a", "b", "older_than"]
GREEDY = {
    "steps that the budget does not count": "a.filter(x, x in b).size() == 0",
    "texts that double": "[1,2,3,4,5,6,7,8,9].map(x, [1,2,3,4,5,6,7,8,9].map(y, c + c + c + c + c + c)).size() == 1",
}
DATA = {"a": list(range(9000)), "b": list(range(10000, 40000)), "c": "x" * 3_000_000}
REFUSED = [
    "a.all(w, a.all(x, a.all(y, a.all(z, true))))",
    "open('/etc/passwd') == ''",
    "os.environ.HOME == ''",
    "env('HOME') == ''",
    "http('http://169.254.169.254/') == ''",
    "__import__('os').system('true') == 0",
    "a.__class__ == 1",
    "[" * 200 + "]" * 200 + " == []",
    "!" * 3999 + "true",
    "1" + "+1" * 1900 + " == 1",
    "'a'.matches('" + "(" * 50 + "a" + "){99}" * 50 + "')",
    "9223372036854775807 + 1 == 0",
    "\\x00",
    "\u202e true",
    "'\\ud800' == ''",
    "{1: {2: {3: a}}} == b",
    "google.protobuf.Any{} == a",
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def evaluated(engine: Engine, expression: str) -> str:
    """What came of it; whatever it is, it came."""
    checked = engine.check(expression, [*NAMES, "c"])
    if not isinstance(checked, Checked):
        return "refused"
    answer = engine.evaluate([checked], [], DATA, lambda _when, _age: False)
    return answer.conditions[0].error or repr(answer.conditions[0].value)


@pytest.mark.parametrize("expression", REFUSED)
def test_expressions_get_nowhere(engine: Engine, expression: str) -> None:
    assert evaluated(engine, expression) != "True" or expression.startswith("!")
    assert evaluated(engine, "1 == 1") == "True"


@pytest.mark.parametrize("expression", GREEDY.values(), ids=list(GREEDY))
def test_a_greedy_expression_is_ended_and_soon_not_asked_any_more(expression: str) -> None:
    hasty = Engine(cpu=0.15)
    for _ in range(STRIKES):
        with pytest.raises(EngineError, match=r"more of the processor|more memory"):
            evaluated(hasty, expression)
    with pytest.raises(EngineError, match="is not asked again until it is changed"):
        evaluated(hasty, expression)
    assert evaluated(hasty, "1 == 1") == "True"
    hasty.close()


def test_the_process_has_nothing_to_give_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-a-test")
    engine.close()
    assert evaluated(engine, "1 == 1") == "True"
    assert engine._process is not None
    process = Path("/proc") / str(engine._process.pid)
    assert process.joinpath("environ").read_bytes() == b""
    limits = process.joinpath("limits").read_text()
    assert next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files")) == "3"
    assert len(list(process.joinpath("fd").iterdir())) == 3


def test_one_that_ends_of_itself_is_begun_again(engine: Engine) -> None:
    assert evaluated(engine, "1 == 1") == "True"
    assert engine._process is not None
    engine._process.kill()
    engine._process.wait()
    assert evaluated(engine, "2 == 2") == "True"


def mutated(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made))
        match rng.randrange(4):
            case 0:
                made[at] = rng.randrange(256)
            case 1:
                made[at:at] = rng.choice(
                    [b"&a ", b"*a", b"!!python/object:os.system ", b"{{", b"<<: ", b"\x00"]
                )
            case 2:
                del made[at : at + rng.randint(1, 20)]
            case _:
                made[at:at] = made[at : at + rng.randint(1, 40)]
    return bytes(made)


def test_damaged_files_are_mistakes_or_policies() -> None:
    whole = a_file(
        own(),
        own(
            id="acme_cel", tags=None, cel={"expression": "versioning != null", "message": "{{ resource.id }}"}
        ),
        own(
            id="acme_more",
            types=["AWS::S3::Bucket"],
            type=None,
            frameworks={"CIS 7.0": ["3.1.2"]},
            tests=[{"name": "x", "expect": "FAIL", "sections": {"tagging": [{"Key": "a", "Value": "b"}]}}],
        ),
    )
    rng = random.Random(7)
    ended = [load_bytes(mutated(whole, rng), "f.yaml") for _ in range(300)]
    assert all(each.mistakes or len(each.policies) <= 3 for each in ended)
    assert any(each.mistakes and each.policies for each in ended)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"policies: {}",
        b"policies: []",
        b"[]",
        b"policies: [1, null, [], {}]",
        b"a: &a [*a]",
        (
            b"x: &a [1,2,3,4,5,6,7,8,9]\ny: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nz: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            b"u: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nv: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nw: [*e,*e,*e,*e,*e,*e,*e,*e,*e]"
        ),
        b"policies: " + b"[" * 10_000,
        b"policies:\n- id: " + b"a" * 2_000_000,
        b"policies:\n- !!python/object/apply:os.system ['true']",
        b"policies:\n- <<: {id: acme_x}",
    ],
    ids=range(12),
)
def test_strange_files_are_mistakes(data: bytes) -> None:
    read = load_bytes(data, "f.yaml")
    assert read.policies == ()
    assert read.mistakes or data == b"policies: []"
