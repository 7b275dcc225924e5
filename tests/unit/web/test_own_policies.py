"""Policies of one's own in the console: their kind, their file, what is wrong with it, and the controls they serve."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from liveaudit.services import load
from liveaudit.web.own_policies import follow, look
from tests.support.own_policies import a_file, own
from tests.unit.web.conftest import Client

HOSTILE = "<script>alert(1)</script>"
SETTINGS = """\
receiver: "111111111111"
accounts: [{id: "111111111111"}]
regions: [us-east-1]
custom_policies: own
"""


@pytest.fixture
def folder(client: Client) -> Path:
    """Beside the settings file of the console."""
    client.console.settings_path.write_text(SETTINGS, encoding="utf-8")
    made = client.console.settings_path.parent / "own"
    made.mkdir()
    return made


def test_they_are_listed_with_their_kind_and_shown_with_their_definition(
    client: Client, folder: Path
) -> None:
    cel = {"expression": 'versioning != null && "<b>" != ""'}
    (folder / "a.yaml").write_bytes(
        a_file(
            own(title=f"Owner {HOSTILE}", frameworks={"CIS 7.0": ["3.1.2"]}),
            own(id="acme_cel", tags=None, cel=cel),
        )
    )
    assert look(client.console) == ""
    page = client.get("/policies?kind=own").text
    assert "2 policies" in page
    assert '<span class="badge policy-own">cel</span>' in page
    assert HOSTILE not in page
    assert "acme_cel" not in client.get("/policies?kind=built-in&q=acme").text
    shown = client.get("/policies/acme_cel").text
    assert "versioning != null &amp;&amp; &#34;&lt;b&gt;&#34; != &#34;&#34;" in shown
    assert "a.yaml" in shown
    assert "acme_bucket_has_owner" in client.get("/frameworks/cis-7.0?q=acme_bucket").text
    told = client.get("/api/v1/policies?kind=tags").json()["items"]
    assert [(each["id"], each["kind"], each["origin"], each["unhealthy"]) for each in told] == [
        ("acme_bucket_has_owner", "tags", "a.yaml", [])
    ]


def test_a_mistake_is_told_on_the_pages_and_in_the_api(client: Client, folder: Path) -> None:
    (folder / "a.yaml").write_bytes(a_file(own(severity=HOSTILE)))
    assert look(client.console) == ""
    for page in ("/policies?kind=own", "/policies/acme_bucket_has_owner", "/system"):
        text = client.get(page).text
        assert "a.yaml:4:13: policies[0].severity" in text, page
        assert HOSTILE not in text
    (told,) = client.get("/api/v1/policies?kind=own").json()["items"]
    assert "it is UNKNOWN on every resource" in told["unhealthy"][-1]
    assert "own policies" in {each["rule"] for each in client.get("/api/v1/system").json()["troubles"]}


def test_what_cannot_be_followed_is_said(client: Client, folder: Path) -> None:
    folder.rmdir()
    assert "own: cannot be read: No such file or directory" in look(client.console)
    client.console.settings_path.write_text("nonsense", encoding="utf-8")
    assert "a mapping is expected" in look(client.console)
    client.console.settings_path.unlink()
    assert look(client.console) == ""


async def _followed(client: Client, change: Path) -> bool:
    following = asyncio.create_task(follow(client.console, look_every=0.01))
    try:
        for _ in range(500):
            if load()[1].get("acme_bucket_has_owner", "AWS::S3::Bucket") is not None:
                return True
            if not change.exists():
                change.write_bytes(a_file(own()))
            await asyncio.sleep(0.02)
        return False
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


def test_a_served_console_follows_the_folder(client: Client, folder: Path) -> None:
    assert asyncio.run(_followed(client, folder / "a.yaml"))
