"""Where something stands in an answer of AWS's, or in a section's value: JMESPath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jmespath

from liveaudit.catalog.rows import Section
from liveaudit.store import codec


@lru_cache(maxsize=4096)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


def search(path: str, value: Any) -> Any:
    """The value at a JMESPath; ``@`` is the value itself. Raises JMESPathError."""
    return value if path == "@" else _compiled(path).search(value)


def section_value(section: Section, value: Any) -> Any:
    """What a section's path leads to, as the section keeps it: shaped, as JSON. Raises what its ``shape`` raises."""
    if section.shape is not None:
        value = section.shape(value)
    if section.omit and isinstance(value, Mapping):
        value = {key: each for key, each in value.items() if key not in section.omit}
    return codec.plain(value)


def texts_at(path: str, value: Any) -> list[str]:
    """Every scalar at a JMESPath, as text; what is no scalar is gone through. Raises JMESPathError."""
    return list(_texts(search(path, value)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, str | int | float):
        yield str(value)
