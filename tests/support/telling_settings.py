"""Settings with channels and routes, for tests."""

from __future__ import annotations

from typing import Any

from liveaudit.settings import Settings, parse


def settings(**given: Any) -> Settings:
    """Settings with these channels and routes. A channel without a kind is one that remembers."""
    channels = [{"file": {"path": "/nowhere"}, **each} for each in given.pop("channels", [{"name": "team"}])]
    routes = given.pop("routes", [{"tell": [each["name"] for each in channels]}])
    return parse(
        {
            "receiver": "222222222222",
            "accounts": [{"id": "222222222222"}],
            "regions": ["eu-west-1"],
            "console": {"address": "https://audit.example.com"},
            "channels": channels,
            "routes": routes,
            **given,
        }
    )
