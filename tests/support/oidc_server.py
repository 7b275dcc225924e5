"""A small OpenID provider on loopback: it lets everybody in as ``claims`` says, and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "liveaudit+console", "a secret/of:ours"


@dataclass
class OidcServer:
    """The provider. What its fields say is changed by tests.

    ``claims``: of whoever signs in; ``lies``: other values of claims in the token (None: left out); ``describes``: other
    values in what it says of itself; ``answers``: other parameters in the answer to the browser (None: left out).
    """

    now: float
    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    describes: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    published: list[Any] = field(default_factory=list)
    raw_token: str | None = None
    broken: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    redeemed: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "authorization_response_iss_parameter_supported": True,
            **self.describes,
        }

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser goes after it has signed in here."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        told = {"code": code, "state": query["state"], "iss": self.url, **self.answers}
        return f"{query['redirect_uri']}?{urlencode({k: v for k, v in told.items() if v is not None})}"

    def tokens(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a code."""
        query = self._codes.pop(form.get("code", ""), None)
        known = "Basic " + base64.b64encode(b"liveaudit%2Bconsole:a%20secret%2Fof%3Aours").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if query is None or authorization != known:
            return 400, {"error": "invalid_client" if query else "invalid_grant"}
        if (
            query["code_challenge"] != challenge.decode().rstrip("=")
            or query["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        self.redeemed.append(form)
        access = secrets.token_urlsafe(16)
        return 200, {"id_token": self.raw_token or self._signed(query["nonce"]), "access_token": access}

    def _signed(self, nonce: str) -> str:
        usual = {
            "iss": self.url,
            "aud": CLIENT,
            "exp": int(self.now) + 300,
            "iat": int(self.now),
            "nonce": nonce,
        }
        claims = {k: v for k, v in {**usual, **self.claims, **self.lies}.items() if v is not None}
        algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[self.key.key_type]
        header = {"alg": algorithm, "kid": self.key.kid, **self.header}
        return jwt.encode(header, claims, self.key, algorithms=[algorithm])

    def keys(self) -> dict[str, Any]:
        """Its public keys."""
        return dict(KeySet(self.published or [self.key]).as_dict(private=False))


def _handler(server: OidcServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing is told."""

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _broken(self) -> bool:
            path = urlsplit(self.path).path
            server.asked.append(path)
            if path in server.broken:
                status, body = server.broken[path]
                headers = {"Location": body.decode()} if status in (301, 302, 307) else {}
                self._answer(status, body, headers)
            return path in server.broken

        def do_GET(self) -> None:
            if self._broken():
                return
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                self._answer(302, b"", {"Location": server.authorized(query)})
            elif parts.path == "/keys":
                self._answer(200, json.dumps(server.keys()).encode())
            else:
                self._answer(200, json.dumps(server.described()).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self._broken():
                return
            form = {key: values[0] for key, values in parse_qs(body).items()}
            status, told = server.tokens(form, self.headers.get("Authorization", ""))
            self._answer(status, json.dumps(told).encode())

    return Handler


@contextmanager
def oidc_server(now: float) -> Iterator[OidcServer]:
    """A provider that runs."""
    made = OidcServer(now)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return {key: unquote(values[0]) for key, values in parse_qs(urlsplit(address).query).items()}
