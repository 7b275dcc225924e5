"""Logs: one JSON object a line on standard error, so that standard output stays the command's answer."""

from __future__ import annotations

import logging
import sys

import structlog


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
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(each, _Forward) for each in root.handlers):
        root.addHandler(_Forward(logging.WARNING))


class _Forward(logging.Handler):
    """Hands what libraries tell to our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        """See logging."""
        try:
            told = {"error": repr(record.exc_info[1])} if record.exc_info and record.exc_info[1] else {}
            structlog.get_logger().log(record.levelno, record.getMessage(), logger=record.name, **told)
        except Exception:  # noqa: BLE001 - as logging does it: what tells must not break what it tells of
            self.handleError(record)
