"""Exports and reports over HTTP: what is filtered, as a stream, to who may see it."""

from __future__ import annotations

import csv
import gc
import html
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from liveaudit.deliver.formats import FORMATS
from liveaudit.store import exports
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.web.api.exports import AT_ONCE, _streamed
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem
from tests.support.standing import stand
from tests.unit.deliver.samples import finding
from tests.unit.web.conftest import Client

EXPORT, REPORT = "/api/v1/findings/export", "/api/v1/frameworks/fsbp/report"


@pytest.fixture(autouse=True)
def standing(database: Database) -> None:
    stand(
        database,
        [
            finding(id="f1", resource="one", arn="arn:aws:s3:::one"),
            finding(id="f2", resource="two", arn="arn:aws:s3:::two", severity="low"),
            finding(id="f3", resource="three", arn="arn:aws:s3:::three", status="resolved"),
        ],
    )


def ids(client: Client, **asked: Any) -> list[str]:
    answer = client.get(EXPORT, params={"format": "jsonl", **asked})
    assert answer.status_code == 200, answer.text
    return [json.loads(line)["id"] for line in answer.text.splitlines()]


def test_what_is_filtered_comes(client: Client) -> None:
    assert ids(client) == ["f1", "f2"]
    assert ids(client, status=["resolved", "new"]) == ["f1", "f2", "f3"]
    assert ids(client, severity="low", service="s3", account="222222222222") == ["f2"]
    assert ids(client, resource="arn:aws:s3:::one", region="eu-west-1") == ["f1"]
    assert ids(client, policy="none_such") == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_as_a_file_of_its_kind(client: Client, name: str) -> None:
    answer = client.get(EXPORT, params={"format": name})
    assert answer.headers["Content-Type"] == FORMATS[name].media_type
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="liveaudit-findings-20270115T080000Z.{FORMATS[name].suffix}"'
    )
    assert "arn:aws:s3:::one" in answer.text
    documented = client.get("/openapi.json").json()["paths"][EXPORT]["get"]["responses"]["200"]["content"]
    assert FORMATS[name].media_type.partition(";")[0] in documented


def test_a_format_that_is_not_installed_is_told_with_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    answer = client.get(EXPORT, params={"format": "parquet"})
    assert answer.status_code == 501
    assert "install liveaudit[parquet]" in answer.json()["detail"]
    assert client.get(EXPORT, params={"format": "ocsf"}).status_code == 200


def test_many_windows_are_one_file(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "WINDOW", 1)
    monkeypatch.setattr(exports, "FEW", 1)
    answer = client.get(EXPORT, params={"format": "csv"})
    assert [row["id"] for row in csv.DictReader(io.StringIO(answer.text))] == ["f1", "f2"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"format": "xml"}, "query.format"),
        ({}, "query.format"),
        ({"format": "csv", "service": "nope"}, "service"),
        ({"format": "csv", "status": "nope"}, "query.status.0"),
    ],
)
def test_what_is_not_understood_is_said(client: Client, asked: dict[str, str], field: str) -> None:
    answer = client.get(EXPORT, params=asked)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_a_report_is_shown_where_it_can_do_nothing(client: Client) -> None:
    answer = client.get(REPORT)
    assert answer.status_code == 200
    assert "arn:aws:s3:::one" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; frame-ancestors 'none'; sandbox")
    assert answer.headers["Content-Disposition"] == (
        'inline; filename="liveaudit-fsbp-20270115T080000Z.html"'
    )
    elsewhere = client.get(REPORT, params={"account": "999999999999"})
    assert "arn:aws:s3:::one" not in elsewhere.text
    assert client.get("/api/v1/frameworks/iso-27001-2022/report").status_code == 200
    assert client.get("/api/v1/frameworks/nope/report").status_code == 404
    assert client.get(REPORT, params={"findings": 1_001}).status_code == 422


def test_what_the_list_of_findings_is_filtered_by_is_exported(client: Client) -> None:
    shown = client.get("/findings", params={"resource": "two", "severity": "low"}).text
    links = [html.unescape(each) for each in re.findall(r'href="(/api/v1/findings/export[^"]*)"', shown)]
    assert len(links) == len(FORMATS)
    assert [json.loads(line)["id"] for line in client.get(links[1]).text.splitlines()] == ["f2"]
    assert "format=jsonl" in links[1]


def test_the_page_of_a_framework_leads_to_its_report(client: Client) -> None:
    page = client.get("/frameworks/fsbp", params={"account": "999999999999"}).text
    (link,) = re.findall(r'href="(/api/v1/frameworks/fsbp/report[^"]*)"', page)
    assert "account 999999999999" in client.get(html.unescape(link)).text


def test_nobody_gets_nothing_and_a_viewer_may(client: Client) -> None:
    assert client.as_role("viewer").get(EXPORT, params={"format": "csv"}).status_code == 200
    client.as_nobody()
    assert client.get(EXPORT, params={"format": "csv"}).status_code == 401
    assert client.get(REPORT).status_code == 401


def test_a_store_that_is_away_is_a_problem_and_no_broken_file(
    client: Client, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: Any) -> Any:
        raise StoreUnavailableError("the store is away")

    monkeypatch.setattr(exports, "few_of", away)
    for _ in range(AT_ONCE + 1):
        assert client.get(EXPORT, params={"format": "csv"}).status_code == 503
    monkeypatch.undo()
    assert client.get(EXPORT, params={"format": "csv"}).status_code == 200


def test_no_more_are_written_at_once_than_the_console_bears(console: Console) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x"

    def begun() -> Any:
        return _streamed(console, endless, "text/csv", "x.csv")

    under_way = [begun() for _ in range(AT_ONCE)]
    with pytest.raises(Problem) as refused:
        begun()
    assert refused.value.status == 503
    assert refused.value.headers == {"Retry-After": "30"}
    # who goes away before the end makes room
    under_way.pop()
    gc.collect()
    under_way.append(begun())
    assert len(under_way) == AT_ONCE
