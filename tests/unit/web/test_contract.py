"""The API is as /openapi.json tells it, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from liveaudit.store.database import Database
from liveaudit.web import api, app
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.reach import Reach
from liveaudit.web.app import create_app
from liveaudit.web.console import make_console
from tests.support.signing_in import SignedIn, sign_in
from tests.support.stores import SqliteStores
from tests.unit.web.conftest import NOW

STREAMS = {"/api/v1/live"}
"""Answers without an end."""
OPERATIONS = sorted(
    (method.lower(), route.path)
    for route in app._routes(*app._routers(api))
    if route.path not in STREAMS
    for method in route.methods or ()
)
EXAMPLES = 6


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, SignedIn]]:
    folder: Path = tmp_path_factory.mktemp("contract")
    database = Database(SqliteStores(folder).url("console"))
    console = make_console(database, lambda: NOW, folder / "liveaudit.yaml")
    ada = sign_in(database, "ada", "administrator", NOW)
    made = create_app(console)
    cookies = {cookie_name(SESSION, Reach(), "127.0.0.1"): ada.secret}
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", made, cookies=cookies, headers={"Host": "127.0.0.1"}
    )
    yield schema, ada
    database.close()


@pytest.mark.parametrize(
    ("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS]
)
def test_what_is_answered_is_as_described(method: str, path: str, described: tuple[Any, SignedIn]) -> None:
    schema, ada = described
    operation = schema[path][method.upper()]
    cookies = {cookie_name(SESSION, Reach(), "127.0.0.1"): ada.secret}

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        # a cursor is `next` of a page before: one that was made up is refused, as its description says
        made_up = [positive_data_acceptance] if (case.query or {}).get("cursor") else []
        headers = {"X-CSRF-Token": ada.csrf, "Host": "127.0.0.1"}
        try:
            case.call_and_validate(cookies=cookies, headers=headers, excluded_checks=made_up)
        except FailureGroup as failures:
            pytest.fail("\n".join(str(each) for each in failures.exceptions), pytrace=False)

    one()
