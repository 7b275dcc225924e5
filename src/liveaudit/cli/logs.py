"""Logs: one JSON object a line on standard error, so that standard output stays the command's answer."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

_FRAMES = 20
"""Places of an exception that are told."""


def configure(level: str = "warning") -> None:
    """Send the logs there, from ``level`` on. JSON also keeps control characters in names from reaching the terminal.

    What libraries tell by Python's own logging comes the same way, warnings and worse.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(each, _Forward) for each in root.handlers):
        root.addHandler(_Forward(logging.WARNING))


def _told(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception as its type and the places that it came through, the last one first.

    Not its text: that may hold an address with a secret in it.
    """
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = type(error).__name__
        event["at"] = [f"{each.filename}:{each.lineno} {each.name}" for each in reversed(frames)]
    return event


class _Forward(logging.Handler):
    """Hands what libraries tell to our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        """See logging."""
        try:
            told = {"error": repr(record.exc_info[1])} if record.exc_info and record.exc_info[1] else {}
            structlog.get_logger().log(record.levelno, record.getMessage(), logger=record.name, **told)
        except Exception:  # noqa: BLE001 - as logging does it: what tells must not break what it tells of
            self.handleError(record)
