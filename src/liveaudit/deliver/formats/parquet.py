"""Parquet: the columns of Security Lake, group of rows by group of rows. Needs ``liveaudit[parquet]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from liveaudit.deliver.formats import security_lake
from liveaudit.deliver.interface import Found

GROUP = 2_000
"""Findings that are held at once."""


class Parquet:
    """A group of rows for so many findings, ordered by time within it; what the groups are ends the file."""

    name = "parquet"
    title = "Parquet"
    media_type = security_lake.MEDIA_TYPE
    suffix = security_lake.SUFFIX

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """A block for each group. Raises NoParquetError."""
        held = _Held()
        rest = iter(found)
        with security_lake.opened(held) as writer:
            while several := list(islice(rest, GROUP)):
                writer.write_table(security_lake.table(security_lake.rows(several)))
                yield held.taken()
        yield held.taken()


class _Held:
    """A file that holds what was not taken yet."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, part: bytes) -> int:
        """See :class:`io.RawIOBase`."""
        self._parts.append(bytes(part))
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        """See :class:`io.IOBase`."""
        return self._written

    def flush(self) -> None:
        """See :class:`io.IOBase`."""

    def taken(self) -> bytes:
        """What was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
