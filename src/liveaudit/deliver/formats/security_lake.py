"""Parquet as Amazon Security Lake takes it of a custom source: Compliance Findings of OCSF 1.3, the same columns in every object.

What that version of the class has no place for stands in ``unmapped``, a text of JSON, by where it stood: nothing is left out.
Source: Security Lake User Guide, "Collecting data from custom sources" (OCSF 1.3 and earlier; records in order of time; zstandard;
pages of 1 MB and row groups of 256 MB at most). Needs ``liveaudit[parquet]``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from liveaudit.deliver.formats.ocsf import event
from liveaudit.deliver.interface import Found
from liveaudit.deliver.shapes import as_json
from liveaudit.model import LiveauditError

SCHEMA = "1.3.0"
MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = "parquet"
_ARCHIVED, _OTHER = 5, 99
_TEXT, _NUMBER, _LONG, _TIME = "text", "number", "long", "time"
_PLACED = {"uid": _TEXT, "name": _TEXT, "type": _TEXT, "region": _TEXT, "cloud_partition": _TEXT}
COLUMNS: Mapping[str, Any] = {
    "activity_id": _NUMBER,
    "activity_name": _TEXT,
    "category_name": _TEXT,
    "category_uid": _NUMBER,
    "class_name": _TEXT,
    "class_uid": _NUMBER,
    "cloud": {
        "provider": _TEXT,
        "region": _TEXT,
        "account": {"uid": _TEXT, "type_id": _NUMBER, "type": _TEXT},
    },
    "compliance": {
        "control": _TEXT,
        "standards": [_TEXT],
        "requirements": [_TEXT],
        "status": _TEXT,
        "status_id": _NUMBER,
    },
    "finding_info": {
        "uid": _TEXT,
        "title": _TEXT,
        "desc": _TEXT,
        "types": [_TEXT],
        "analytic": {"uid": _TEXT, "name": _TEXT, "desc": _TEXT, "type_id": _NUMBER, "type": _TEXT},
        "created_time": _LONG,
        "created_time_dt": _TIME,
        "modified_time": _LONG,
        "modified_time_dt": _TIME,
    },
    "message": _TEXT,
    "metadata": {
        "version": _TEXT,
        "uid": _TEXT,
        "event_code": _TEXT,
        "profiles": [_TEXT],
        "product": {"name": _TEXT, "vendor_name": _TEXT, "uid": _TEXT, "version": _TEXT},
    },
    "remediation": {"desc": _TEXT},
    "resources": [{**_PLACED, "group": {"name": _TEXT}}],
    "severity": _TEXT,
    "severity_id": _NUMBER,
    "status": _TEXT,
    "status_detail": _TEXT,
    "status_id": _NUMBER,
    "time": _LONG,
    "time_dt": _TIME,
    "type_name": _TEXT,
    "type_uid": _LONG,
    "unmapped": _TEXT,
}
"""Every column of every object, and what it holds: a mapping is a struct, a list an array."""
_PAGE = 512 * 1024
_ROWS_LOOKED_AT = 64
"""A page is ended between so many rows: whole rows of some KB each stay below a page's limit."""
_GROUP = 5_000


class NoParquetError(LiveauditError):
    """What writes Parquet is not installed."""

    def __init__(self) -> None:
        super().__init__("pyarrow is not installed: install liveaudit[parquet]")


def row(found: Found) -> dict[str, Any]:
    """A finding as a row: what :data:`COLUMNS` has of it, and the rest in ``unmapped``."""
    told = event(found)
    told["metadata"]["version"] = SCHEMA
    if told["status_id"] == _ARCHIVED:
        # later than this version; its name stands in status
        told["status_id"] = _OTHER
    rest = told.pop("unmapped")
    made: dict[str, Any] = _fitted(told, COLUMNS, "", rest)
    return {**made, "unmapped": as_json(rest).decode()}


def rows(found: Iterable[Found]) -> list[dict[str, Any]]:
    """All of them, in the order of their time, and the same whatever order they come in."""
    return sorted(map(row, found), key=lambda each: (each["time"], each["metadata"]["uid"]))


def packed(given: list[dict[str, Any]]) -> bytes:
    """An object of these rows: the same bytes for the same ones. Raises NoParquetError."""
    held = io.BytesIO()
    with opened(held) as writer:
        writer.write_table(table(given), row_group_size=_GROUP)
    return held.getvalue()


def opened(file: Any) -> Any:
    """A writer to a file, which ends it when it is left. Raises NoParquetError."""
    parquet = load()
    return parquet.ParquetWriter(
        file,
        columns(),
        compression="zstd",
        data_page_size=_PAGE,
        write_batch_size=_ROWS_LOOKED_AT,
        store_schema=False,
    )


def table(given: list[dict[str, Any]]) -> Any:
    """Rows, as a writer takes them."""
    import pyarrow as pa

    return pa.Table.from_pylist(given, schema=columns())


def load() -> Any:
    """What writes Parquet. Raises NoParquetError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise NoParquetError from error
    return pyarrow.parquet


def columns() -> Any:
    """The columns, as pyarrow's schema."""
    import pyarrow as pa

    leaves = {
        _TEXT: pa.string(),
        _NUMBER: pa.int32(),
        _LONG: pa.int64(),
        _TIME: pa.timestamp("ms", tz="UTC"),
    }

    def typed(given: Any) -> Any:
        if isinstance(given, Mapping):
            return pa.struct([(name, typed(each)) for name, each in given.items()])
        if isinstance(given, list):
            return pa.list_(typed(given[0]))
        return leaves[given]

    return pa.schema([(name, typed(each)) for name, each in COLUMNS.items()])


def _fitted(value: Any, shape: Any, path: str, rest: dict[str, Any]) -> Any:
    """What fits the columns; ``rest`` gets what does not, by its path."""
    if isinstance(shape, list):
        return [_fitted(each, shape[0], f"{path}[{number}]", rest) for number, each in enumerate(value)]
    if not isinstance(shape, Mapping):
        return value
    made = {}
    for name, each in value.items():
        place = f"{path}.{name}" if path else name
        if name not in shape:
            rest[place] = each
        elif shape[name] == _TIME:
            # the number beside it, which is of the same moment
            made[name] = value[name.removesuffix("_dt")]
        else:
            made[name] = _fitted(each, shape[name], place, rest)
    return made
