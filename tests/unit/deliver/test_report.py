"""The report that an auditor is handed: it tells what stands, exceptions and gaps included, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import insert, update

from liveaudit.deliver.report.gather import Scope, gather
from liveaudit.deliver.report.page import write
from liveaudit.frameworks.framework import load_frameworks
from liveaudit.model import Resource
from liveaudit.policies.rulebook import Exemption
from liveaudit.policies.scope import scope_of
from liveaudit.services import load
from liveaudit.store import work
from liveaudit.store.database import Database
from liveaudit.store.rules import put_exemptions
from liveaudit.store.schema import sweeps, verdicts
from tests.support.standing import stand
from tests.support.stores import Stores
from tests.unit.deliver.samples import HOSTILE, finding

NOW = 1_800_000_100.0
TLS, BLOCK, ROTATED = (
    "s3_bucket_secure_transport_policy",
    "s3_account_level_public_access_blocks",
    "kms_cmk_rotation_enabled",
)
VOID = {"meta", "br", "img", "link", "input", "hr"}


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def page(database: Database, name: str = "CIS 7.0", **scope: Any) -> str:
    report = gather(database, load_frameworks()[name], load()[1], Scope(**scope), NOW)
    return b"".join(write(report)).decode()


class Words(HTMLParser):
    """The text of a page, its elements, and whether each that opens also closes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def unknown(database: Database, policy: str, name: str, reason: str) -> None:
    bucket = Resource("aws", "222222222222", "eu-west-1", "AWS::S3::Bucket", name)
    keys = database.write_now(lambda c: work.resource_keys(c, {bucket: f"arn:aws:s3:::{name}"}, 0.0))
    row = {"policy": policy, "outcome": "UNKNOWN", "reason": reason, "evidence": "{}", "read_order": 1}
    database.write_now(
        lambda c: c.execute(insert(verdicts).values(**row, resource_id=keys[bucket], judged_at=NOW - 50))
    )


def test_an_empty_store_makes_a_report_that_says_so(database: Database) -> None:
    told = Words(page(database))
    assert told.open == []
    assert "no resource is known in this scope" in told.text
    assert "nothing that it judges is known in this scope" in told.text
    assert "no data" in told.text
    assert "Violations:" not in told.text


def test_what_stands_is_told(database: Database) -> None:
    stand(
        database,
        [
            finding(id="f-open", policy=TLS, severity="medium"),
            finding(
                id="f-accepted",
                policy=TLS,
                severity="medium",
                resource="old-site",
                arn="arn:aws:s3:::old-site",
                status="suppressed",
                owner="web team",
                moved={"by": "person:ann", "reason": "public on purpose until March", "at": NOW - 40},
            ),
            finding(id="f-none", policy=TLS, resource="x", arn="arn:aws:s3:::x", status="false positive"),
            finding(id="f-gone", policy=TLS, resource="y", arn="arn:aws:s3:::gone", status="resolved"),
        ],
    )
    unknown(database, TLS, "locked", "s3:GetBucketPolicy was denied")
    told = Words(page(database)).text
    assert "Violations: 1" in told
    assert "arn:aws:s3:::shop-photos" in told
    assert "PutBucketAcl by arn:aws:iam::111111111111:user/ann" in told
    assert "Exceptions: 2" in told
    assert "public on purpose until March (ann)" in told
    assert "owner web team" in told
    assert "Could not be judged: 1" in told
    # what is known comes before what is not
    assert told.index("Could not be judged") < told.index("nothing that it judges is known")
    assert "s3:GetBucketPolicy was denied" in told
    assert "0 pass, 3 fail, 0 not applicable, 1 unknown" in told
    assert "arn:aws:s3:::gone" not in told
    # the one that could not be read is not known to be there
    assert "4 resources in 1 place" in told


def test_an_exception_by_exemption_tells_who_answers_for_it_and_how_long(database: Database) -> None:
    exemption = Exemption(
        "e1",
        scope_of({"policies": [TLS]}),
        "behind a proxy",
        owner="web team",
        approver="the auditor",
        ends_at=NOW + 86_400,
    )
    database.write_now(lambda c: put_exemptions(c, [exemption]))
    held = {"status": "suppressed", "policy": TLS, "moved": {"by": "exemption:e1", "reason": "exempted"}}
    stand(database, [finding(**held, decided_by="exemption:e1")])
    told = Words(page(database)).text
    assert "behind a proxy" in told
    assert "owner web team · approved by the auditor · ends 2027-01-16 08:01 UTC" in told


def test_what_a_policy_says_silently_is_not_told(database: Database) -> None:
    unknown(database, TLS, "locked", "s3:GetBucketPolicy was denied")
    assert "s3:GetBucketPolicy was denied" in page(database)
    database.write_now(lambda c: c.execute(update(verdicts).values(staged=1)))
    assert "s3:GetBucketPolicy was denied" not in page(database)


def test_every_control_stands_in_it_with_its_state(database: Database) -> None:
    framework = load_frameworks()["CIS 7.0"]
    text = page(database)
    told = Words(text)
    for control in framework.controls.values():
        assert control.title in told.text
    states = re.findall(r'<span class="state (\w+)">', text)
    assert len(states) == len(framework.controls)
    assert "PASS" not in states
    targets = {attributes.get("id") for _, attributes in told.elements}
    links = {str(attributes["href"])[1:] for tag, attributes in told.elements if tag == "a"}
    assert links
    assert links <= targets


def test_places_tell_when_they_were_swept(database: Database) -> None:
    stand(
        database, [finding(id="a"), finding(id="b", region="us-east-1", resource="n", arn="arn:aws:s3:::n")]
    )
    row: dict[str, Any] = {
        "account": "222222222222",
        "why": "schedule",
        "regions": "[]",
        "asked_at": NOW - 9000,
    }
    database.write_now(
        lambda c: c.execute(
            insert(sweeps),
            [
                {**row, "region": "eu-west-1", "service": "s3", "ended_at": NOW - 3600},
                {**row, "region": "eu-west-1", "service": "ec2", "ended_at": NOW - 7200},
                {**row, "region": "us-east-1", "service": "s3", "ended_at": NOW},
                {**row, "region": "us-east-1", "service": "ec2", "ended_at": None},
            ],
        )
    )
    told = Words(page(database)).text
    assert "222222222222 eu-west-1 1 2027-01-15 06:01 UTC" in told
    assert "222222222222 us-east-1 1 not yet" in told


def test_it_shows_no_more_than_asked_and_says_how_many_there_are(database: Database) -> None:
    many = [
        finding(id=f"f{n}", policy=TLS, resource=f"b{n:02}", arn=f"arn:aws:s3:::b{n:02}") for n in range(12)
    ]
    stand(database, many)
    text = page(database, shown=5)
    assert text.count('<div class="finding">') == 5
    told = Words(text).text
    assert "Violations: 12" in told
    assert f"and 7 more: liveaudit findings export --policy {TLS}" in told
    none = Words(page(database, shown=0)).text
    assert "Violations: 12" in none
    assert "arn:aws:s3:::b00" not in none


def test_a_scope_narrows_everything_down(database: Database) -> None:
    stand(
        database,
        [
            finding(id="f1", policy=TLS),
            finding(id="f2", policy=TLS, account="333333333333", resource="far", arn="arn:aws:s3:::far"),
        ],
    )
    told = Words(page(database, account="333333333333", region="eu-west-1")).text
    assert "account 333333333333, region eu-west-1" in told
    assert "arn:aws:s3:::far" in told
    assert "shop-photos" not in told
    assert "Violations: 1" in told


def test_nothing_hostile_is_at_work_in_it(database: Database) -> None:
    actor = {"arn": "", "principal_id": "", "type": "<b>x</b>"}
    stand(
        database,
        [
            finding(
                id=f"f{number}",
                policy=TLS,
                status="suppressed" if number % 2 else "new",
                resource=text[:2000],
                arn=f"arn:aws:s3:::{text[:2000]}",
                reason=f"{text} is open",
                evidence={text: text},
                owner=text[:200],
                opened_by=[{"name": text, "actor": actor, "event_id": text}],
                moved={"reason": text, "by": f"person:{text[:100]}"},
            )
            for number, text in enumerate(HOSTILE)
        ],
    )
    text = page(database)
    told = Words(text)
    assert told.open == []
    tags = {tag for tag, _ in told.elements}
    assert tags.isdisjoint({"script", "img", "iframe", "object", "link", "form", "b"} - {"b"})
    assert all(not name.startswith("on") for _, attributes in told.elements for name in attributes)
    assert all(str(attributes["href"]).startswith("#") for tag, attributes in told.elements if tag == "a")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text)
    assert "{{ 7 * 7 }}" in told.text
    assert len(text) < 2_000_000


def test_it_loads_nothing_and_its_own_policy_says_so(database: Database) -> None:
    text = page(database)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # an attribute of HTML, so escaped there
    policy = next(
        attributes["content"]
        for tag, attributes in Words(text).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "url(" not in style
    assert "http" not in re.sub(r"http-equiv", "", text.partition("<body>")[0])
    assert " style=" not in text


@pytest.mark.parametrize("name", load_frameworks())
def test_every_framework_makes_one(tmp_path: Any, name: str) -> None:
    from liveaudit.store.database import sqlite_url

    database = Database(sqlite_url(tmp_path / "x.sqlite3"))
    try:
        told = Words(page(database, name))
    finally:
        database.close()
    assert told.open == []
    assert load_frameworks()[name].title in told.text
