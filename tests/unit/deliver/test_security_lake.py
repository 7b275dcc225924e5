"""Parquet for Security Lake: OCSF 1.3 in the same columns whatever is in them, and nothing that gets lost on the way."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.parquet
import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.formats import FORMATS
from liveaudit.deliver.formats.ocsf import event
from liveaudit.deliver.formats.parquet import GROUP
from liveaudit.deliver.formats.security_lake import (
    COLUMNS,
    SCHEMA,
    NoParquetError,
    columns,
    packed,
    row,
    rows,
)
from liveaudit.deliver.interface import Found
from liveaudit.settings.shape_of_channel_kinds import S3Settings
from tests.unit.deliver.samples import every_kind, found, hostile

ALL = [*every_kind(), *hostile()]
LATER = {"cloud.cloud_partition", "compliance.desc", "evidences"}
"""What OCSF 1.5 has of a Compliance Finding and 1.3 has not."""
OWN = {"times_opened", "closed_at", "owner", "decided_by"}


def written(given: Iterable[Found]) -> bytes:
    return packed(rows(given))


def read(body: bytes) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()
    return told


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value, by its path."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, f"{path}[{number}]")
    else:
        yield path, value


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def as_event(told: dict[str, Any]) -> dict[str, Any]:
    """A row, as the JSON that the schema is of."""
    given = json.loads(json.dumps(without_nulls(told), default=lambda time: time.isoformat()))
    return {**given, "unmapped": json.loads(given["unmapped"])}


def test_what_is_read_back_is_what_ocsf_asks_for_in_the_version_that_security_lake_takes() -> None:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=SCHEMA))
    made = schema.get_class_schema(class_name="compliance_finding", profiles=["cloud", "datetime"])
    validator = Draft202012Validator(made)
    # of a text that version has 65,535 characters; no name of AWS's is near that
    shorter = [each for each in ALL if len(each["resource"]) < 65_000]
    events = [as_event(each) for each in read(written(shorter))]
    assert len(events) == len(shorter) > 60
    for each in events:
        assert [f"{one.json_path}: {one.message[:200]}" for one in validator.iter_errors(each)] == []
        assert each["metadata"]["version"] == SCHEMA
    assert list(validator.iter_errors({**events[0], "evidences": []})) != []


def test_every_key_has_a_column_or_stands_in_unmapped() -> None:
    seen = set()
    for each in ALL:
        told, made = event(each), row(each)
        rest = json.loads(made["unmapped"])
        seen |= set(rest)
        here = dict(leaves({**made, "unmapped": ""})) | dict(leaves(rest)) | dict(leaves(rest, "unmapped"))
        for path, value in leaves(told):
            if path.endswith("_dt"):
                assert here[path] == dict(leaves(told))[path.removesuffix("_dt")]
            elif path == "metadata.version":
                assert here[path] == SCHEMA
            elif path == "status_id" and value == 5:
                assert (here[path], here["status"]) == (99, "Archived")
            else:
                assert here[path] == value, path
    assert seen == LATER | OWN


def shapes(given: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(given, dict):
        for name, each in given.items():
            yield from shapes(each, f"{path}.{name}" if path else name)
    elif isinstance(given, list):
        yield from shapes(given[0], f"{path}[]")
    else:
        yield path, given


def test_every_column_is_filled_by_some_finding() -> None:
    filled = {
        re.sub(r"\[\d+\]", "[]", path)
        for each in ALL
        for path, value in leaves(row(each))
        if value is not None
    }
    assert {path for path, _ in shapes(dict(COLUMNS))} <= filled


def test_the_columns_are_the_same_whatever_is_in_them() -> None:
    bare = found(policy="gone_since", type="AWS::None::Such", opened_by=[], arn="", reason="")
    for given in ([], [bare], every_kind(), hostile()):
        assert pyarrow.parquet.read_schema(io.BytesIO(written(given))).equals(columns())


def test_records_are_in_the_order_of_their_time_and_the_same_ones_are_the_same_bytes() -> None:
    given = [found(id=f"{number}", updated_at=1_800_000_000.0 + number * 37 % 11) for number in range(40)]
    made = written(given)
    assert made == written(reversed(given)) == written(iter(given))
    times = [each["time"] for each in read(made)]
    assert len(times) == 40
    assert times == sorted(times)


def test_objects_are_compressed_and_cut_as_security_lake_wants_them() -> None:
    made = written([found(id=f"{number}", reason=f"{number} " * 1_000) for number in range(6_000)])
    told = pyarrow.parquet.ParquetFile(io.BytesIO(made)).metadata
    assert (told.num_rows, told.num_row_groups) == (6_000, 2)
    groups = [told.row_group(number) for number in range(2)]
    parts = [each.column(number) for each in groups for number in range(each.num_columns)]
    assert {each.compression for each in parts} == {"ZSTD"}
    assert max(each.total_byte_size for each in groups) < 256 * 1024 * 1024


def test_an_export_is_the_same_rows_in_groups() -> None:
    given = [found(id=f"{number}", updated_at=1_800_000_000.0 - number) for number in range(2 * GROUP + 7)]
    made = b"".join(FORMATS["parquet"].write(iter(given)))
    told = pyarrow.parquet.ParquetFile(io.BytesIO(made))
    assert [told.metadata.row_group(each).num_rows for each in range(3)] == [GROUP, GROUP, 7]
    assert told.schema_arrow.equals(columns())
    times = told.read_row_group(0).column("time").to_pylist()
    assert times == sorted(times)
    assert {each["finding_info"]["uid"] for each in read(made)} == {each["id"] for each in given}
    none = b"".join(FORMATS["parquet"].write([]))
    assert read(none) == []
    assert pyarrow.parquet.read_schema(io.BytesIO(none)).equals(columns())


def test_an_export_without_the_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(NoParquetError, match=r"install liveaudit\[parquet\]"):
        next(FORMATS["parquet"].write([]))


@pytest.mark.parametrize("given", hostile(), ids=range(len(hostile())))
def test_nothing_hostile_is_changed(given: Found) -> None:
    [told] = read(written([given]))
    assert told["resources"][0]["name"] == given["resource"]
    assert json.loads(told["unmapped"])["evidences"][0]["data"]["evidence"] == given["evidence"]


def test_without_the_extra_the_channel_is_refused_and_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    wanted = S3Settings(bucket="lake", region="eu-west-1", format="parquet")
    with pytest.raises(ChannelError, match=r"install liveaudit\[parquet\]") as refused:
        KINDS["s3"].build("lake", wanted)
    assert not refused.value.permanent, "it is sent once that is installed"
    assert KINDS["s3"].build("lines", S3Settings(bucket="lake", region="eu-west-1")).name == "lines"
