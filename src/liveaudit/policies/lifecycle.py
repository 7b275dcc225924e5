"""What AWS supports for so long and then no more: runtimes, versions of Kubernetes.

The tables with the dates are modules beside the policies, so that a policy is judged anew when its table changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from liveaudit.model import Verdict, failed, passed
from liveaudit.policies.clock import Now


def days(table: Mapping[str, str]) -> dict[str, dt.datetime]:
    """The table with its ISO dates as times: the end of each day, in UTC."""
    return {name: dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) + _DAY for name, day in table.items()}


_DAY = dt.timedelta(days=1)


def is_supported(name: str, last_days: Mapping[str, dt.datetime], now: Now, what: str) -> Verdict:
    """FAIL once the last day of ``name`` has passed; PASS before, and for a name that the table does not know.

    ``last_days``: as ``days`` makes it. ``what``: what the name is one of, as ``runtime``.
    """
    end = last_days.get(name)
    if end is None:
        return passed(f"{name} is no {what} whose support is known to end")
    last = (end - _DAY).date().isoformat()
    if now.is_past(end):
        return failed(f"AWS's support of {what} {name} ended on {last}", name=name, supported_until=last)
    return passed(f"AWS supports {what} {name} until {last}")
