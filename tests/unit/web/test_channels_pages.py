"""The console's page of channels: how they fare, routes that are set and taken away, tests, what was given up."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.store import audit_log, console_routes, deliveries
from liveaudit.web.console import Console
from tests.support.telling import BOB, World
from tests.unit.web.conftest import NOW, Client

HOSTILE = "<script>alert(1)</script>\u202etxt"
SETTINGS = """\
receiver: "222222222222"
accounts: [{id: "222222222222"}]
regions: [eu-west-1]
channels:
  - {name: team, file: {path: %s}}
  - {name: lost, file: {path: /no/such/folder/told}}
routes:
  - {name: "<b>urgent</b>", severities: [critical], tell: [team], overdue: {tell: [lost]}}
"""


@pytest.fixture
def told(client: Client, console: Console, tmp_path: Path) -> Path:
    """The file of the channel ``team``; one message arrived, one was given up."""
    path = tmp_path / "told.jsonl"
    console.settings_path.write_text(SETTINGS % path, "utf-8")
    world = World(console.database, at=NOW - 200)
    asyncio.run(_tell(world))
    return path


async def _tell(world: World) -> None:
    world.use()
    world.opens("photos", severity="critical")
    await world.passes(60)
    world.receivers["team"].answers = [ChannelError(HOSTILE, permanent=True)]
    world.opens("letters", by=BOB)
    await world.passes(60)


def done(console: Console) -> list[str]:
    found = console.database.read_now(lambda c: audit_log.page(c, audit_log.Which()))
    return [each.action for each in found if each.action.startswith(("channel.", "route."))]


def test_without_settings_nobody_is_told(client: Client) -> None:
    page = client.get("/channels")
    assert "Nobody is told" in page.text
    assert client.post("/channels/team/test").status_code == 404


def test_settings_with_mistakes_are_told(client: Client, console: Console) -> None:
    console.settings_path.write_text("receiver: [", "utf-8")
    page = client.get("/channels")
    assert page.status_code == 200
    assert "The settings file cannot be used" in page.text


def test_how_channels_fare_and_why(client: Client, told: Path) -> None:
    page = client.get("/channels").text
    assert "failing" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<b>urgent" not in page
    assert "\u202e" not in page


def test_who_is_told_of_a_finding_and_why(client: Client, told: Path) -> None:
    page = client.get("/channels", params={"finding": "f-photos"}).text
    assert "tells team" in page
    assert "tells lost" in page
    page = client.get("/channels", params={"finding": "f-letters"}).text
    assert "does not fit: it is high" in page
    assert "No finding has this id" in client.get("/channels", params={"finding": "f-none"}).text


def test_a_test_is_sent_by_administrators(client: Client, console: Console, told: Path) -> None:
    assert "team has the test" in client.post("/channels/team/test").text
    assert json.loads(told.read_text("utf-8"))["kind"] == "test"
    failed = client.post("/channels/lost/test")
    assert failed.status_code == 502
    assert "cannot be written" in failed.text
    assert client.as_role("operator").post("/channels/team/test").status_code == 403
    assert sorted(done(console)) == ["channel.test", "channel.test"]


def test_a_route_is_set_and_taken_away(client: Client, console: Console, told: Path) -> None:
    assert client.get("/channels/routes/new").status_code == 200
    form = {"name": HOSTILE, "tell": ["team"], "severities": ["low"], "environments": "prod*\n"}
    made = client.post("/channels/routes", data=form, follow_redirects=False)
    assert made.headers["location"] == "/channels?did=set"
    (route,) = console.database.read_now(console_routes.list_routes)
    assert route.body == {"name": HOSTILE, "tell": ["team"], "severities": ["low"], "environments": ["prod*"]}
    page = client.get("/channels?did=set").text
    assert "The route counts within seconds" in page
    assert "Take away" in page
    assert "<script>alert" not in page
    gone = client.post(f"/channels/routes/{route.id}/drop", follow_redirects=False)
    assert gone.status_code == 303
    assert client.post(f"/channels/routes/{route.id}/drop").status_code == 404
    assert sorted(done(console)) == ["route.drop", "route.set"]


def test_a_route_says_when_and_who_is_told_of_what_is_overdue(
    client: Client, console: Console, told: Path
) -> None:
    page = client.get("/channels/routes/new").text
    assert all(f'name="moves" value="{each}"' in page for each in ("opened", "resolved", "changed"))
    form = {
        "name": "late",
        "tell": ["team"],
        "moves": ["opened"],
        "overdue_tell": ["lost"],
        "overdue_again": "2d",
    }
    assert client.post("/channels/routes", data=form, follow_redirects=False).status_code == 303
    (route,) = console.database.read_now(console_routes.list_routes)
    assert route.body["overdue"] == {"tell": ["lost"], "again": "2d"}
    assert route.body["moves"] == ["opened"]
    wrong = client.post("/channels/routes", data={"tell": ["team"], "overdue_again": "soon"})
    assert wrong.status_code == 422
    assert "<strong>overdue" in wrong.text
    given = {"tell": ["team"], "overdue": {"tell": ["lost"], "again": "1d"}, "moves": ["reopened"]}
    assert client.post("/api/v1/channels/routes", json=given).status_code == 201
    assert client.get("/api/v1/channels/routes").json()["items"][-1]["overdue"] == ["lost"]


def test_what_is_wrong_with_a_route_is_named_by_its_field(
    client: Client, console: Console, told: Path
) -> None:
    wrong = client.post("/channels/routes", data={"tell": ["nobody"], "wait": "soon", "regions": "here"})
    assert wrong.status_code == 422
    for field in ("wait", "regions[0]"):
        assert f"<strong>{field}</strong>" in wrong.text
    wrong = client.post("/channels/routes", data={"tell": ["nobody"]})
    assert "there is no channel nobody" in wrong.text
    assert "does nothing" in client.post("/channels/routes", data={"name": "x"}).text
    assert console.database.read_now(console_routes.list_routes) == []


def test_routes_are_for_administrators(client: Client, told: Path) -> None:
    client.as_role("operator")
    assert client.get("/channels/routes/new").status_code == 403
    assert client.post("/channels/routes", data={"tell": ["team"]}).status_code == 403
    assert "Send a test" not in client.get("/channels").text


def test_what_was_given_up_is_tried_again(client: Client, console: Console, told: Path) -> None:
    (given_up,) = console.database.read_now(deliveries.given_up)
    client.as_role("operator")
    assert client.post("/channels/resend").status_code == 422
    again = client.post("/channels/resend", data={"message": [given_up.id]}, follow_redirects=False)
    assert again.headers["location"] == "/channels?did=resent"
    assert console.database.read_now(deliveries.given_up) == []
    assert done(console) == ["channel.resend"]
    assert client.as_role("viewer").post("/channels/resend", data={"message": ["x"]}).status_code == 403


def test_what_a_channel_would_be_sent_is_shown(client: Client, console: Console, told: Path) -> None:
    assert "/channels/team/preview" in client.as_role("operator").get("/channels").text
    page = client.get("/channels/team/preview").text
    assert f"a line of {told}" in page
    assert "&#34;kind&#34;: &#34;test&#34;" in page
    page = client.get("/channels/team/preview", params={"finding": "f-photos"}).text
    assert "arn:aws:s3:::photos" in page
    assert client.get("/channels/team/preview", params={"finding": "f-none"}).status_code == 404
    assert client.get("/channels/nobody/preview").status_code == 404
    given = client.get(f"{API}/team/preview", params={"finding": "f-photos"}).json()["text"]
    head, _, body = given.partition("\n\n")
    assert head == f"a line of {told}"
    assert json.loads(body)["findings"][0]["id"] == "f-photos"
    assert not told.exists(), "nothing is sent"
    client.as_role("viewer")
    assert "preview" not in client.get("/channels").text
    assert client.get("/channels/team/preview").status_code == 403
    assert client.get(f"{API}/team/preview").status_code == 403


def test_what_would_be_sent_and_cannot_be_made_says_why(client: Client, console: Console) -> None:
    lake = "s3: {bucket: lake, region: eu-west-1, format: parquet}"
    text = SETTINGS.replace("file: {path: /no/such/folder/told}", lake) % "/no/such"
    console.settings_path.write_text(text, "utf-8")
    page = client.get("/channels/lost/preview").text
    assert "s3:PutObject" in page
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow.parquet", None)
        refused = client.get("/channels/lost/preview")
        assert refused.status_code == 409
        assert "install liveaudit[parquet]" in refused.text


API = "/api/v1/channels"


def test_programs_see_how_channels_fare_and_who_is_told(client: Client, console: Console, told: Path) -> None:
    team, lost = client.as_role("viewer").get(API).json()["items"]
    assert (team["name"], team["kind"], team["sent"]) == ("team", "file", 1)
    assert (lost["state"], lost["given_up"] + team["given_up"]) == ("not used yet", 1)
    said = client.get(f"{API}/explain/f-photos").json()
    assert said["opening"][0]["tells"] == ["team"]
    assert said["overdue"][0]["tells"] == ["lost"]
    assert [each["what"] for each in said["told"]] == ["opened"]
    assert client.get(f"{API}/explain/f-none").status_code == 404


def test_programs_set_routes_and_take_them_away(client: Client, console: Console, told: Path) -> None:
    wrong = client.post(f"{API}/routes", json={"tell": ["team"], "wait": "soon"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "wait")
    made = client.post(f"{API}/routes", json={"name": "low", "tell": ["team"], "severities": ["low"]})
    assert made.status_code == 201
    of_file, of_console = client.get(f"{API}/routes").json()["items"]
    assert (of_file["source"], of_file["id"]) == ("file", "")
    assert (of_console["id"], of_console["body"]["severities"]) == (made.json()["id"], ["low"])
    assert client.as_role("operator").delete(f"{API}/routes/{of_console['id']}").status_code == 403
    assert client.as_role("administrator").delete(f"{API}/routes/{of_console['id']}").status_code == 204
    assert client.delete(f"{API}/routes/{of_console['id']}").status_code == 404
    assert sorted(done(console)) == ["route.drop", "route.set"]


def test_programs_send_tests_and_have_tried_again_what_was_given_up(
    client: Client, console: Console, told: Path
) -> None:
    assert client.post(f"{API}/team/test").status_code == 200
    failed = client.post(f"{API}/lost/test")
    assert failed.status_code == 502
    assert "cannot be written" in failed.json()["detail"]
    (given_up,) = client.get(f"{API}/given-up", params={"channel": "team"}).json()["items"]
    assert client.get(f"{API}/given-up", params={"channel": "lost"}).json()["items"] == []
    resent = client.post(f"{API}/given-up/resend", json={"messages": [given_up["id"], "x"]})
    assert resent.json() == {"resent": 1}
    assert client.post(f"{API}/given-up/resend", json={"messages": []}).status_code == 422
    assert sorted(done(console)) == ["channel.resend", "channel.test", "channel.test"]
