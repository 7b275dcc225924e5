"""Logs: one JSON object a line on standard error, so that standard output stays the command's answer."""

from __future__ import annotations

import sys

import structlog


def configure() -> None:
    """Send the logs there. JSON also keeps control characters in names from reaching the terminal."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
