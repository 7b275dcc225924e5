"""What comes of every request that goes to AWS: also of those that botocore makes again by itself, and of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from liveaudit.aws.errors import AwsCallError, Kind, from_response

REQUEST_DONE = "needs-retry"
"""botocore's event after each attempt, with its outcome. Its own retries are decided there, so none is hidden."""


class Meter(Protocol):
    """Is told of every request, by whom it was answered how."""

    def requested(self, account: str, region: str, client: str, operation: str, kind: Kind | None) -> None:
        """One request was made. ``kind``: why it gave no value, if so."""


class Unmetered:
    """Counts nothing."""

    def requested(self, account: str, region: str, client: str, operation: str, kind: Kind | None) -> None:
        """See :class:`Meter`."""


def handler(tell: Callable[[str, Kind | None], None]) -> Callable[..., None]:
    """A handler of botocore's for :data:`REQUEST_DONE`. ``tell``: takes the operation and the outcome."""
    return partial(_done, tell)


def _done(
    tell: Callable[[str, Kind | None], None],
    *,
    operation: Any,
    response: Any = None,
    caught_exception: BaseException | None = None,
    **_: Any,
) -> None:
    if isinstance(caught_exception, AwsCallError):
        return  # ours: nothing was sent
    tell(operation.name, _outcome(operation.name, response, caught_exception))


def _outcome(operation: str, response: Any, exception: BaseException | None) -> Kind | None:
    """``response``: botocore's pair of the HTTP response and what was read out of it."""
    if exception is not None or response is None:
        return Kind.UNAVAILABLE
    http, parsed = response
    if "Error" not in parsed or http.status_code < 300:
        return None
    return from_response(parsed, operation).kind
