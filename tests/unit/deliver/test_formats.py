"""What stands in the formats: every status told rightly, names as they are, nothing hostile at work."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import Any

import pytest

from liveaudit.deliver.formats import FORMATS
from liveaudit.deliver.formats.asff import asff
from liveaudit.deliver.formats.csv_table import COLUMNS, neutral
from liveaudit.deliver.formats.ocsf import event
from liveaudit.deliver.formats.parquet import GROUP
from liveaudit.deliver.formats.sarif import literal
from liveaudit.deliver.interface import Found
from liveaudit.deliver.shapes import as_json, cut, gathered
from tests.unit.deliver.samples import HOSTILE, STATUSES, every_kind, found, hostile

TEXTS = [name for name in FORMATS if name != "parquet"]


def text_of(name: str, given: list[Found]) -> str:
    return b"".join(FORMATS[name].write(given)).decode()


def rows(given: list[Found]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of("csv", given), newline="")))


@pytest.mark.parametrize("name", TEXTS)
def test_no_format_holds_what_moves_a_cursor_or_turns_a_text(name: str) -> None:
    text = text_of(name, hostile())
    strange = {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")}
    assert strange <= {"\n", "\r"}
    assert strange >= {"\n"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_streams(name: str) -> None:
    """Nothing is taken before it is asked for, so that memory does not grow with the number of findings."""
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield found()

    stream = FORMATS[name].write(endless())
    for _ in range(5):
        next(stream)
    assert taken <= 5 * (GROUP if name == "parquet" else 100)


@pytest.mark.parametrize("name", TEXTS)
def test_no_findings_are_a_whole_export_too(name: str) -> None:
    text = text_of(name, [])
    if name == "sarif":
        assert json.loads(text)["runs"][0]["results"] == []
    elif name == "csv":
        assert text.splitlines() == [",".join(COLUMNS)]
    else:
        assert text == ""


def test_json_lines_tell_everything_exactly() -> None:
    for one, line in zip(hostile(), text_of("jsonl", hostile()).splitlines(), strict=True):
        read = json.loads(line)
        for name in ("id", "resource", "arn", "reason", "evidence", "opened_by", "owner"):
            assert read[name] == one[name]
        assert read["title"] == one.texts.title
        assert read["opened_at"] == "2027-01-15T08:00:00.250Z"
        assert read["frameworks"]["FSBP"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("  =1", "'  =1"),
        ("a;=1", "a;'=1"),
        ("a; +1;b", "a;' +1;b"),
        ("＝1", "'＝1"),
        ("\t=1", "\\u0009=1"),
        ("a-b", "a-b"),
        ("arn:aws:s3:::x", "arn:aws:s3:::x"),
        (None, ""),
        (3, "3"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(given: object, told: str) -> None:
    assert neutral(given) == told


def test_no_cell_of_a_hostile_export_begins_as_a_formula_wherever_cells_are_parted() -> None:
    for row in rows(hostile()):
        for cell in row.values():
            for part in cell.split(";"):
                assert not re.match(r"\s*[=+\-@＝＋－＠]", part), cell[:80]


def test_a_row_of_csv() -> None:
    (row,) = rows([found()])
    assert row["title"] == found().texts.title
    assert row["actor"] == "arn:aws:iam::111111111111:user/ann"
    assert row["change"] == "PutBucketAcl"
    assert json.loads(row["evidence"]) == found()["evidence"]
    assert "FSBP: " in row["frameworks"]
    assert len(rows(every_kind())) == len(every_kind())
    assert all(len(cell) < 32_767 for row in rows(hostile()) for cell in row.values())


OCSF = {
    "new": (1, 1, 3),
    "reopened": (2, 1, 3),
    "in review": (2, 2, 3),
    "false positive": (2, 3, 3),
    "suppressed": (2, 3, 3),
    "resolved": (3, 4, 1),
    "archived": (3, 5, 0),
}
ASFF = {
    "new": ("ACTIVE", "FAILED", "NEW"),
    "reopened": ("ACTIVE", "FAILED", "NEW"),
    "in review": ("ACTIVE", "FAILED", "NOTIFIED"),
    "false positive": ("ACTIVE", "FAILED", "SUPPRESSED"),
    "suppressed": ("ACTIVE", "FAILED", "SUPPRESSED"),
    "resolved": ("ACTIVE", "PASSED", "RESOLVED"),
    "archived": ("ARCHIVED", "NOT_AVAILABLE", "RESOLVED"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_told_in_the_words_of_the_others(status: str) -> None:
    ocsf = event(found(status=status))
    assert (ocsf["activity_id"], ocsf["status_id"], ocsf["compliance"]["status_id"]) == OCSF[status]
    hub = asff(found(status=status))
    assert (hub["RecordState"], hub["Compliance"]["Status"], hub["Workflow"]["Status"]) == ASFF[status]
    (result,) = json.loads(text_of("sarif", [found(status=status)]))["runs"][0]["results"]
    assert ("suppressions" in result) == (status in ("suppressed", "false positive"))
    assert result["kind"] == {"resolved": "pass", "archived": "notApplicable"}.get(status, "fail")


def test_who_did_it_goes_with_ocsf_and_asff() -> None:
    evidence = event(found())["evidences"][1]
    assert evidence["api"] == {"operation": "PutBucketAcl"}
    assert evidence["actor"]["user"]["uid"] == "arn:aws:iam::111111111111:user/ann"
    assert evidence["src_endpoint"] == {"ip": "203.0.113.9"}
    assert len(event(found(opened_by=[]))["evidences"]) == 1
    fields = asff(found())["ProductFields"]
    assert fields["liveaudit/change-by"] == "arn:aws:iam::111111111111:user/ann"
    assert "liveaudit/change-by" not in asff(found(opened_by=[]))["ProductFields"]


def test_what_is_of_the_whole_account_is_told_at_home() -> None:
    told = asff(found(region="global", arn="arn:aws-cn:iam::222222222222:root"))
    assert told["ProductArn"] == "arn:aws-cn:securityhub:cn-north-1:222222222222:product/222222222222/default"
    assert told["Resources"][0]["Partition"] == "aws-cn"


def test_a_link_in_a_name_is_no_link_in_sarif() -> None:
    assert literal("[a](b) \\ c") == "\\[a\\](b) \\\\ c"
    (result,) = json.loads(text_of("sarif", [found(resource="[click](http://evil)")]))["runs"][0]["results"]
    assert "\\[click\\]" in result["message"]["text"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "aws/222222222222/eu-west-1/AWS.S3.Bucket/%5Bclick%5D%28http%3A%2F%2Fevil%29"


def test_json_is_ascii_and_comes_back_as_it_was() -> None:
    for text in HOSTILE:
        made = as_json({text: [text]})
        assert made.isascii()
        assert b"\x7f" not in made
        assert json.loads(made) == {text: [text]}


def test_texts_are_cut_and_never_blank() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
    assert cut("   ", 4) == "-"


def test_small_parts_are_gathered() -> None:
    assert list(gathered([b"a"] * 10)) == [b"a" * 10]
    blocks = list(gathered([b"x" * 40_000] * 3))
    assert [len(each) for each in blocks] == [80_000, 40_000]
    assert list(gathered([])) == []
