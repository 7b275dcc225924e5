"""Hosts, origins, proxies and client addresses: what a request claims, and what is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.web.access.reach import Reach, ReachError, check_listening, make_reach, who_tries

HERE = Reach()
PROXIED = make_reach("https://audit.example.com", ["10.0.0.9", "10.1.0.0/16"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8430", "localhost", "localhost:1", "[::1]:8430", "10.0.0.5", "[fe80::1]"]
)
def test_addresses_and_localhost_are_ours(host: str) -> None:
    assert HERE.knows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8430",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1,evil.example",
        "127.0.0.1/..",
        "127.0.0.1:x",
        "[::1",
        "127.0.0.1 evil.example",
        "a" * 5000,
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not HERE.knows_host(host)


def test_behind_a_proxy_its_name_is_ours_too() -> None:
    assert PROXIED.knows_host("audit.example.com")
    assert PROXIED.knows_host("AUDIT.example.com:443")
    assert PROXIED.knows_host("127.0.0.1:8430")
    assert not PROXIED.knows_host("other.example.com")


@given(st.text(max_size=80))
def test_no_host_or_origin_breaks_anything(text: str) -> None:
    HERE.knows_host(text)
    HERE.same_origin(text, text)
    PROXIED.client("10.0.0.9", [text])
    who_tries(text)


def test_origins() -> None:
    assert HERE.same_origin("http://127.0.0.1:8430", "127.0.0.1:8430")
    assert HERE.same_origin("http://localhost", "localhost:80")
    for other in (
        "http://127.0.0.1:8431",
        "https://127.0.0.1:8430",
        "http://evil.example",
        "null",
        "",
        "file://",
    ):
        assert not HERE.same_origin(other, "127.0.0.1:8430"), other
    # the proxy may have put its own name for us into Host
    assert PROXIED.same_origin("https://audit.example.com", "10.0.0.5:8430")
    assert not PROXIED.same_origin("http://audit.example.com", "10.0.0.5:8430")


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("10.0.0.9", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.9", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.9", ["198.51.100.1", "203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("10.0.0.9", [], "10.0.0.9"),
        ("10.0.0.9", ["unknown"], "10.0.0.9"),
        ("10.0.0.9", ["203.0.113.7, <script>"], "10.0.0.9"),
        ("10.0.0.9", ["::ffff:203.0.113.7"], "203.0.113.7"),
        # not one of ours: it says what it likes
        ("192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("testclient", ["203.0.113.7"], "testclient"),
    ],
)
def test_whom_a_proxy_speaks_for(peer: str, forwarded: list[str], who: str) -> None:
    assert PROXIED.client(peer, forwarded) == who


def test_without_a_proxy_nobody_speaks_for_others() -> None:
    assert HERE.client("127.0.0.1", ["203.0.113.7"]) == "127.0.0.1"


def test_a_network_of_one_household_tries_as_one() -> None:
    assert who_tries("2001:db8:1:2::1") == who_tries("2001:db8:1:2:ffff::9") != who_tries("2001:db8:1:3::1")
    assert who_tries("203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize(
    ("url", "proxies", "word"),
    [
        ("http://audit.example.com", [], "clear text"),
        ("audit.example.com", [], "no address"),
        ("https://audit.example.com/console", [], "no address"),
        ("https://user@audit.example.com", [], "no address"),
        ("https://audit.example.com:x", [], "no address"),
        ("https://audit.example.com", ["proxy"], "no network"),
        ("", ["10.0.0.9"], "--behind-proxy"),
    ],
)
def test_wrong_options_are_told(url: str, proxies: list[str], word: str) -> None:
    with pytest.raises(ReachError, match=word):
        make_reach(url, proxies)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "audit.example.com"])  # noqa: S104 - refused
def test_listening_wider_is_refused_until_it_is_safe(host: str) -> None:
    with pytest.raises(ReachError, match="nobody can sign in"):
        check_listening(host, PROXIED, sign_in=False)
    with pytest.raises(ReachError, match="clear text"):
        check_listening(host, HERE, sign_in=True)
    check_listening(host, PROXIED, sign_in=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_listening_on_loopback_needs_nothing(host: str) -> None:
    check_listening(host, HERE, sign_in=False)
