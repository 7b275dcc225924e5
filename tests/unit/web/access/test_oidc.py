"""Signing in by a provider: the way there and back, and every answer that must not be believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from liveaudit.settings import OidcSettings
from liveaudit.store import audit_log, sign_ins, users
from liveaudit.store.audit_log import Which
from liveaudit.store.database import Database
from liveaudit.store.roles import Role
from liveaudit.web.access.claims import OLDEST, SKEW, vouched
from liveaudit.web.access.cookies import SESSION, VISIT, cookie_name
from liveaudit.web.access.reach import Reach
from liveaudit.web.app import create_app
from liveaudit.web.console import make_console
from tests.support.oidc_server import CLIENT, SECRET, OidcServer, oidc_server, query_of
from tests.support.stores import SqliteStores
from tests.unit.web.conftest import NOW, Client

LOCAL = cookie_name(SESSION, Reach(), "127.0.0.1")
SETTINGS = """
receiver: "111111111111"
accounts: [{id: "111111111111"}]
regions: [eu-west-1]
console:
  oidc:
    issuer: ISSUER
    client_id: CLIENT
    client_secret: env:LIVEAUDIT_TEST_SECRET
    role_claim: realm.roles
    administrators: [platform]
    operators: [on-call]
    viewers: [staff]
"""


@pytest.fixture(scope="module")
def running() -> Iterator[OidcServer]:
    with oidc_server(NOW) as made:
        yield made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One console for all these tests, as making its pages takes longer than any of them."""
    folder = tmp_path_factory.mktemp("console")
    database = Database(SqliteStores(folder).url("console"))
    console = make_console(database, lambda: NOW, folder / "liveaudit.yaml")
    with Client(create_app(console), base_url="http://127.0.0.1") as made:
        made.console = console
        yield made
    database.close()


@pytest.fixture
def client(served: Client) -> Client:
    """Signed in as Ada; of what other tests have done nothing is left."""

    def forget(connection: Any) -> None:
        for table in ("console_sessions", "users", "sign_in_flows", "sign_in_tries", "audit_log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names from above

    served.console.database.write_now(forget)
    served.console.shared.clear()
    served.console.settings_path.unlink(missing_ok=True)
    object.__setattr__(served.console, "clock", lambda: NOW)
    served.follow_redirects = True
    return served.as_user("ada", "administrator")


@pytest.fixture
def provider(running: OidcServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> OidcServer:
    """A provider that tells the truth, and a console that knows it."""
    fresh = OidcServer(NOW)
    for name in (
        "lies",
        "describes",
        "answers",
        "header",
        "key",
        "published",
        "raw_token",
        "broken",
        "asked",
    ):
        setattr(running, name, getattr(fresh, name))
    running.redeemed = []
    running.claims = {"sub": "0815", "preferred_username": "grace", "realm": {"roles": ["staff", "on-call"]}}
    monkeypatch.setenv("LIVEAUDIT_TEST_SECRET", SECRET)
    text = SETTINGS.replace("ISSUER", running.url).replace("CLIENT", CLIENT)
    client.console.settings_path.write_text(text, encoding="utf-8")
    client.as_nobody()
    client.follow_redirects = False
    return running


def there(client: Client, wanted: str = "/") -> str:
    """Where the browser is sent."""
    answer = client.get("/sign-in/provider", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def back(address: str) -> str:
    """What the provider sends the browser back to, without the host."""
    # no certificates to read, a tenth of a second each time: the provider is on loopback, in clear text
    answer = httpx.get(address, verify=False)  # noqa: S501 - it is http
    assert answer.status_code == 302
    return answer.headers["Location"].removeprefix("http://127.0.0.1")


def whole(client: Client, wanted: str = "/") -> Any:
    return client.get(back(there(client, wanted)))


def test_there_and_back_to_the_page_that_was_wanted(client: Client, provider: OidcServer) -> None:
    assert "Sign in with 127.0.0.1" in client.get("/sign-in").text
    done = whole(client, "/audit-log?name=x")
    assert done.status_code == 303
    assert done.headers["Location"] == "/audit-log?name=x"
    assert client.get("/api/v1/me").json() == {"name": "grace", "role": "operator", "kind": "session"}
    assert provider.redeemed[0]["redirect_uri"] == "http://127.0.0.1/sign-in/callback"
    (entry,) = client.console.database.read_now(lambda c: audit_log.page(c, Which(action="sign-in.done")))
    assert (entry.name, entry.way, entry.role) == ("grace", "provider", "operator")


def test_nothing_on_the_way_is_kept_that_could_be_used(client: Client, provider: OidcServer) -> None:
    query = query_of(there(client))
    visit = client.cookies[cookie_name(VISIT, Reach(), "127.0.0.1")]
    kept = client.console.database.read_now(
        lambda c: str(list(c.exec_driver_sql("SELECT * FROM sign_in_flows")))
    )
    for secret in (query["state"], query["nonce"], visit):
        assert secret not in kept
    assert query["nonce"] != query["state"]


def test_the_role_is_what_it_is_there_now(client: Client, provider: OidcServer) -> None:
    for roles, role in (
        (["platform"], "administrator"),
        ("staff", "viewer"),
        (["on-call", 5, None], "operator"),
    ):
        provider.claims["realm"] = {"roles": roles}
        client.as_nobody()
        assert whole(client).status_code == 303
        assert client.get("/api/v1/me").json()["role"] == role
    found = client.console.database.read_now(users.list_users)
    assert [each.name for each in found] == ["ada", "grace"]


@pytest.mark.parametrize(
    "realm", [None, {}, {"roles": []}, {"roles": ["other"]}, {"roles": {"staff": 1}}, "staff", []]
)
def test_who_has_no_role_is_not_let_in(client: Client, provider: OidcServer, realm: Any) -> None:
    provider.claims["realm"] = realm
    assert whole(client).status_code == 403
    assert LOCAL not in client.cookies


def test_nobody_gets_another_users_name(client: Client, provider: OidcServer) -> None:
    provider.claims["preferred_username"] = "ada"
    whole(client)
    name = client.get("/api/v1/me").json()["name"]
    assert name.startswith("ada#")
    client.as_nobody()
    provider.claims["sub"] = "0816"
    whole(client)
    assert client.get("/api/v1/me").json()["name"] not in (name, "ada")


def test_who_is_shut_out_here_stays_out(client: Client, provider: OidcServer) -> None:
    whole(client)
    found = client.console.database.read_now(lambda c: users.find_name(c, "grace"))
    assert found is not None
    client.console.database.write_now(lambda c: users.set_disabled(c, found.id, True))
    client.as_nobody()
    assert whole(client).status_code == 403


def test_an_odd_name_is_made_one_that_can_be_shown(client: Client, provider: OidcServer) -> None:
    provider.claims["preferred_username"] = "\u202e<b>\x00 x\n" + "y" * 500
    assert whole(client).status_code == 303
    name = client.get("/api/v1/me").json()["name"]
    assert name.startswith("<b> x yyy")
    assert len(name) == 100
    assert "<b>" not in client.get("/account").text


TOKENS: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "for somebody else": {"aud": "another"},
    "for several and not us": {"aud": ["a", "b"]},
    "for us and others, given to another": {"aud": [CLIENT, "other"], "azp": "other"},
    "for us and others, given to nobody": {"aud": [CLIENT, "other"]},
    "for a name that begins as ours": {"aud": CLIENT + "x"},
    "for nobody": {"aud": None},
    "for a number": {"aud": 5},
    "of another sign-in": {"nonce": "other"},
    "of no sign-in": {"nonce": None},
    "with an empty nonce": {"nonce": ""},
    "over": {"exp": NOW - SKEW - 1},
    "without an end": {"exp": None},
    "whose end is a word": {"exp": "never"},
    "not yet": {"iat": int(NOW) + SKEW + 2},
    "not before later": {"nbf": NOW + SKEW + 2},
    "old": {"iat": int(NOW) - OLDEST - SKEW - 1},
    "without a beginning": {"iat": None},
    "whose access token is another": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "of nobody": {"sub": None},
    "of an empty name": {"sub": ""},
    "of a list": {"sub": ["0815"]},
    "of a name without end": {"sub": "x" * 300},
}


@pytest.mark.parametrize("lie", TOKENS, ids=TOKENS)
def test_a_token_that_is_not_believed(client: Client, provider: OidcServer, lie: str) -> None:
    provider.lies = TOKENS[lie]
    answer = whole(client)
    assert answer.status_code == 401, answer.text
    assert LOCAL not in client.cookies


@pytest.mark.parametrize(
    "near",
    [
        {"exp": NOW - SKEW + 1},
        {"iat": int(NOW) + SKEW - 1},
        {"nbf": int(NOW) + SKEW - 1},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "other"], "azp": CLIENT},
    ],
)
def test_a_clock_that_is_a_little_wrong_does_no_harm(
    client: Client, provider: OidcServer, near: dict[str, Any]
) -> None:
    provider.lies = near
    assert whole(client).status_code == 303


def _by_another_key(provider: OidcServer) -> None:
    provider.published = [ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})]


def _by_a_shared_secret(provider: OidcServer) -> None:
    provider.key = OctKey.import_key(SECRET, {"kid": "one"})
    provider.published = [ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})]


def _by_nobody(provider: OidcServer) -> None:
    provider.raw_token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwODE1In0."


def _nonsense(provider: OidcServer) -> None:
    provider.raw_token = "a.b.c"


def _too_long(provider: OidcServer) -> None:
    provider.raw_token = "x" * 100_000


def _deep(provider: OidcServer) -> None:
    provider.lies = {"realm": json.loads("[" * 200 + "]" * 200), "nonce": None}


@pytest.mark.parametrize(
    "lie", [_by_another_key, _by_a_shared_secret, _by_nobody, _nonsense, _too_long, _deep]
)
def test_a_token_that_the_provider_has_not_signed(
    client: Client, provider: OidcServer, lie: Callable[[OidcServer], None]
) -> None:
    lie(provider)
    assert whole(client).status_code in (401, 502)
    assert LOCAL not in client.cookies


def test_a_new_key_of_the_provider_is_looked_up(client: Client, provider: OidcServer) -> None:
    whole(client)
    kept = client.console.shared["provider"]
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    client.as_nobody()
    # not for every token that names one, or anybody could have us ask without end
    assert whole(client).status_code == 401
    kept.ticks = lambda: kept._keys[0] + 61
    assert whole(client).status_code == 303
    assert provider.asked.count("/keys") == 2


def test_a_code_comes_once_and_in_the_browser_that_went(client: Client, provider: OidcServer) -> None:
    address = back(there(client))
    held = dict(client.cookies)
    client.as_nobody()
    assert client.get(address).status_code == 400
    there(client)
    assert client.get(address).status_code == 400, "another visit"
    client.as_nobody()
    for name, value in held.items():
        client.cookies.set(name, value)
    assert client.get(address).status_code == 303
    for name, value in held.items():
        client.cookies.set(name, value)
    assert client.get(address).status_code == 400
    assert len(provider.redeemed) == 1


def test_a_way_that_took_too_long_is_over(client: Client, provider: OidcServer) -> None:
    address = back(there(client))
    object.__setattr__(client.console, "clock", lambda: NOW + sign_ins.FLOW_HOLDS)
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"state": "other"}, 400),
        ({"state": None}, 400),
        ({"code": "other"}, 502),
        ({"code": None}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"iss": None}, 401),
        ({"code": None, "error": "<script>alert(1)</script>"}, 401),
        ({"state": "x" * 5000}, 422),
    ],
)
def test_an_answer_that_is_not_taken(
    client: Client, provider: OidcServer, answers: dict[str, Any], status: int
) -> None:
    provider.answers = answers
    answer = whole(client)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert LOCAL not in client.cookies


def test_an_older_provider_need_not_name_itself(client: Client, provider: OidcServer) -> None:
    provider.describes = {"authorization_response_iss_parameter_supported": False}
    provider.answers = {"iss": None}
    assert whole(client).status_code == 303


WELL_KNOWN = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (WELL_KNOWN, (500, b"{}")),
        (WELL_KNOWN, (200, b"no JSON")),
        (WELL_KNOWN, (200, b"[]")),
        (WELL_KNOWN, (200, b'{"issuer": "https://evil.example"}')),
        (WELL_KNOWN, (302, b"http://127.0.0.1:9/")),
        (WELL_KNOWN, (200, b" " * (1 << 20) + b"{}")),
        (WELL_KNOWN, (200, b"[" * 100_000)),
    ],
)
def test_a_provider_that_says_nonsense_of_itself(
    client: Client, provider: OidcServer, path: str, answer: tuple[int, bytes]
) -> None:
    provider.broken = {path: answer}
    found = client.get("/sign-in/provider")
    assert found.status_code == 502
    assert "does not answer as it should" in found.text
    assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/token", (302, b"https://evil.example/")),
        ("/token", (200, b'{"access_token": "x"}')),
        ("/token", (200, b'{"id_token": 5, "access_token": "x"}')),
        ("/keys", (200, b'{"keys": []}')),
        (
            "/keys",
            (
                200,
                b'{"keys": [1, {"kty": "oct", "k": "AAAA"}, {"kty": "EC"}, {"kty": "RSA", "n": "", "e": 5}]}',
            ),
        ),
    ],
)
def test_a_provider_that_breaks_off_on_the_way_back(
    client: Client, provider: OidcServer, path: str, answer: tuple[int, bytes]
) -> None:
    provider.broken = {path: answer}
    assert whole(client).status_code == 502


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", ["http://id.example.com/x", "file:///etc/passwd", "", None, 5, "https://["]
)
def test_no_secret_goes_out_in_clear_text(
    client: Client, provider: OidcServer, name: str, address: Any
) -> None:
    provider.describes = {name: address}
    assert client.get("/sign-in/provider").status_code == 502


def test_a_secret_that_is_not_there_is_told(
    client: Client, provider: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEAUDIT_TEST_SECRET")
    assert whole(client).status_code == 502


def test_who_asks_too_often_has_to_wait(client: Client, provider: OidcServer) -> None:
    given = [client.get("/sign-in/provider").status_code for _ in range(31)]
    assert given == [303] * 30 + [429]


def test_without_a_provider_there_is_no_way(client: Client) -> None:
    client.as_nobody()
    assert client.get("/sign-in/provider").status_code == 404
    assert "Sign in with" not in client.get("/sign-in").text


def test_names_and_roles_of_claims() -> None:
    settings = OidcSettings("https://id.example.com", "x", administrators=("a",), viewers=("v",))
    found = vouched({"sub": "1", "email": "ada@example.com", "groups": ["v", "a"]}, settings)
    assert (found.name, found.role) == ("ada@example.com", Role.ADMINISTRATOR)
    assert vouched({"sub": "\u202e", "groups": "v"}, settings).name == "(no name)"
    dotted = OidcSettings("https://id.example.com", "x", role_claim="https://x.example/roles", viewers=("v",))
    assert vouched({"sub": "1", "https://x.example/roles": ["v"]}, dotted).role == Role.VIEWER
