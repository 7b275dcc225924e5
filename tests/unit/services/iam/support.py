"""The account and the moment in which the tests of IAM's policies play."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from liveaudit.model import Verdict
from liveaudit.policies.policy import Context

NOW = dt.datetime(2026, 6, 30, 12, 0, tzinfo=dt.UTC)
ACCOUNT = "111122223333"
CONTEXT = Context(frozenset({ACCOUNT, "222233334444"}), frozenset({"333344445555"}))

Judged = Callable[..., Verdict]
Fits = Callable[[str, str | None, Any], None]
