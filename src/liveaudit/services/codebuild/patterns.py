"""Regular expressions of webhooks' filters: whether they say of the whole value what it must be."""

from __future__ import annotations

from collections.abc import Iterator


def is_anchored(pattern: str) -> bool:
    """Whether every alternative of the pattern begins with ``^`` and ends with ``$``.

    ``^1|2$`` is not anchored: its alternatives are ``^1`` and ``2$``, and 12345 has one of them in it.
    """
    return all(_whole(each) for each in _alternatives(pattern))


def _whole(alternative: str) -> bool:
    ends = alternative.endswith("$") and (len(alternative) - len(alternative[:-1].rstrip("\\"))) % 2 == 1
    return (alternative.startswith("^") and ends) or (
        _is_one_group(alternative) and is_anchored(alternative[1:-1].removeprefix("?:"))
    )


def _is_one_group(text: str) -> bool:
    """Whether the text is a single group in brackets, which may hold anchored alternatives."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    return all(depth > 0 for at, depth, _ in _depths(text) if at < len(text) - 1)


def _alternatives(pattern: str) -> Iterator[str]:
    start = 0
    for at, depth, letter in _depths(pattern):
        if letter == "|" and depth == 0:
            yield pattern[start:at]
            start = at + 1
    yield pattern[start:]


def _depths(pattern: str) -> Iterator[tuple[int, int, str]]:
    """Each position with how many groups it is in (an opening bracket is in its own), and the letter that counts there.

    The letter is empty for what is escaped or stands in a set (``[|]``).
    """
    depth, in_set, escaped = 0, False, False
    for at, letter in enumerate(pattern):
        plain = not escaped and not in_set
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif in_set:
            in_set = letter != "]"
        elif letter == "[":
            in_set = True
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        yield at, depth, letter if plain else ""
