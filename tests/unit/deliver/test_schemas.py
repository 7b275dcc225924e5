"""Every format is what its own schema asks for, for ordinary and for hostile findings."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.session import Session
from botocore.validate import ParamValidator
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from sarif_kit.validate import validation_errors

from liveaudit.deliver.formats import FORMATS
from liveaudit.deliver.formats.asff import BATCH, HELD, Asff
from liveaudit.deliver.formats.asff_types import OF_OTHER_NAME, OTHER, asff_type
from liveaudit.deliver.formats.ocsf import SCHEMA
from liveaudit.deliver.interface import Found
from liveaudit.services import load
from tests.unit.deliver.samples import every_kind, found, hostile

ALL = [*every_kind(), *hostile()]


def lines(name: str, given: list[Found]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(FORMATS[name].write(given)).splitlines()]


def test_ocsf_is_what_its_schema_asks_for() -> None:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=SCHEMA))
    made = schema.get_class_schema(class_name="compliance_finding", profiles=["cloud", "datetime"])
    validator = Draft202012Validator(made)
    events = lines("ocsf", ALL)
    assert len(events) == len(ALL)
    for event in events:
        assert [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(event)] == []
    assert list(validator.iter_errors({**events[0], "severity_id": 77})) != []


def test_ocsf_is_what_prowlers_models_of_it_take() -> None:
    for event in lines("ocsf", ALL):
        read = ComplianceFinding.model_validate(event)
        assert read.type_uid == 200300 + read.activity_id
        assert read.metadata.version == SCHEMA


def test_sarif_is_what_its_schema_asks_for() -> None:
    log = json.loads(b"".join(FORMATS["sarif"].write(ALL)))
    assert validation_errors(log) == []
    (run,) = log["runs"]
    assert len(run["results"]) == len(ALL)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert len({each["id"] for each in rules}) == len(rules)
    # the specification, 3.27.10: a level other than "none" is for what failed only
    assert all((each["kind"] == "fail") == (each["level"] != "none") for each in run["results"])
    assert validation_errors(json.loads(b"".join(FORMATS["sarif"].write([])))) == []
    assert validation_errors({**log, "runs": [{"results": []}]}) != []


@lru_cache(maxsize=1)
def security_hub() -> Any:
    return Session().get_service_model("securityhub")


_LONGEST = re.compile(r"[Mm]aximum(?: length)? of (\d+)(?: length)?(?!\d| (?:number|items))")
_MOST = re.compile(r"Maximum number of (\d+) items")


def beyond(shape: Shape, value: Any, path: str = "") -> list[str]:
    """Where a value is longer than the model's own documentation allows, or not of the pattern or enumeration that it has."""
    wrong: list[str] = []
    if isinstance(shape, StructureShape):
        for name, each in value.items():
            member = shape.members[name]
            told = re.sub(r"<[^>]+>", "", member.documentation)
            longest, most = _LONGEST.search(told), _MOST.search(told)
            if isinstance(member, StringShape) and longest and len(each) > int(longest[1]):
                wrong.append(f"{path}.{name}: {len(each)} characters of {longest[1]}")
            if isinstance(member, ListShape) and most and len(each) > int(most[1]):
                wrong.append(f"{path}.{name}: {len(each)} items of {most[1]}")
            wrong += beyond(member, each, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        if len(value) > int(shape.metadata.get("max", len(value))):
            wrong.append(f"{path}: {len(value)} items")
        for number, each in enumerate(value):
            wrong += beyond(shape.member, each, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        # told of ProductFields: 50 pairs, keys of 128 characters, values of 2048
        wrong += [f"{path}: {len(value)} pairs"] * (len(value) > 50)
        for key, each in value.items():
            wrong += [f"{path}.{key[:20]}: too long"] * (len(key) > 128 or len(each) > 2048)
            wrong += beyond(shape.value, each, f"{path}.{key}")
    elif isinstance(shape, StringShape):
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(pattern, value):
            wrong.append(f"{path}: {value[:40]!r} is not of {pattern}")
        if shape.enum and value not in shape.enum:
            wrong.append(f"{path}: {value!r} is none of its values")
    return wrong


def test_asff_is_what_security_hub_takes() -> None:
    shape = security_hub().operation_model("BatchImportFindings").input_shape
    batches = lines("asff", ALL)
    assert sum(len(each["Findings"]) for each in batches) == len(ALL)
    for batch in batches:
        report = ParamValidator().validate(batch, shape)
        assert not report.has_errors(), report.generate_report()
        assert beyond(shape, batch) == []
        places = {(each["AwsAccountId"], each["ProductArn"].split(":")[3]) for each in batch["Findings"]}
        assert len(places) == 1
    one = batches[0]["Findings"][0]
    for wrong in (
        {"Title": "x" * 257},
        {"Description": " "},
        {"Severity": {"Label": "BAD"}},
        {"Types": ["a/b"] * 51},
        {"ProductFields": {"k" * 129: "v"}},
        {"Id": "x" * 513},
    ):
        assert len(beyond(shape, {"Findings": [{**one, **wrong}]})) == 1


def test_a_finding_is_no_larger_than_security_hub_takes() -> None:
    for batch in lines("asff", hostile()):
        for each in batch["Findings"]:
            # 240 KB; the name itself is not ours to cut
            assert len(json.dumps({**each, "Resources": []})) < 240_000


@pytest.mark.parametrize(
    ("number", "accounts", "sizes"), [(250, 1, [100, 100, 50]), (0, 1, []), (150, 3, [50] * 3)]
)
def test_batches_are_of_one_account_and_no_larger_than_allowed(
    number: int, accounts: int, sizes: list[int]
) -> None:
    given = [found(id=f"{each}", account=f"{each % accounts:012}") for each in range(number)]
    batches = lines("asff", given)
    assert [len(each["Findings"]) for each in batches] == sizes
    assert all(len({one["AwsAccountId"] for one in each["Findings"]}) == 1 for each in batches)
    assert max(sizes, default=0) <= BATCH


def test_what_waits_for_more_of_its_account_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveaudit.deliver.formats.asff.HELD", 20_000)
    assert HELD > 20_000
    given = (found(id=f"{each}", account=f"{each:012}") for each in range(200))
    taken = 0

    def counted() -> Any:
        nonlocal taken
        for each in given:
            taken += 1
            yield each

    stream = Asff().write(counted())
    next(stream)
    assert taken < 20
    assert 1 + sum(1 for _ in stream) == 200


def test_types_have_the_names_that_security_hub_has_for_them() -> None:
    known = {name.lower(): name for name in security_hub().shape_for("ResourceDetails").members}
    types = [name for each in load()[0].services.values() for name in each.types]
    assert len(types) > 100
    for name in types:
        letters = name.replace("::", "").lower()
        expected = known.get(OF_OTHER_NAME.get(name, "").lower()) or known.get(letters, OTHER)
        assert asff_type(name) == expected, name
    assert set(OF_OTHER_NAME) <= set(types)
    assert asff_type("AWS::None::Such") == OTHER
