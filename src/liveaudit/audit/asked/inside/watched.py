"""A configuration item that remembers what a rule looked for in it and cannot find, as nobody reads it.

A rule that finds ``keyName`` missing takes it for "no key". So what AWS Config would tell and we do not know must not pass
for absent: the look is remembered, and the verdict is UNKNOWN.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator, KeysView, Set
from typing import Any

Note = Callable[[str], None]
_COPIES = frozenset({"convert_api_configuration", "convert_into_notification_config_item"})
"""Functions of AWS's sample rules and of rdklib that turn an item of the API into one of an event, field by field: theirs are no
looks of the rule."""
_COPIED = frozenset({"relationships"})


class Watched(dict[str, Any]):
    """A mapping that tells ``note`` of every look at one of the ``unread`` paths; otherwise it is a plain dict."""

    def __init__(self, content: dict[str, Any], path: str, unread: Set[str], note: Note) -> None:
        super().__init__(
            {key: watch(value, _below(path, key), unread, note) for key, value in content.items()}
        )
        self._path, self._unread, self._note = path, unread, note

    def _look(self, key: object) -> None:
        path = _below(self._path, key)
        if path not in self._unread:
            return
        if path in _COPIED and sys._getframe(2).f_code.co_name in _COPIES:
            return
        self._note(path)

    def __getitem__(self, key: str) -> Any:
        self._look(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._look(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """As of any dict."""
        self._look(key)
        return super().get(key, default)

    def keys(self) -> Keys:  # type: ignore[override]  # dict's own view cannot be made of anything else
        """As of any dict; looks through it are noticed too."""
        return Keys(self, self._look_at_all)

    def _look_at_all(self) -> None:
        for path in self._unread:
            if path.rpartition(".")[0] == self._path:
                self._note(path)

    def pop(self, key: str, *default: Any) -> Any:
        """As of any dict."""
        self._look(key)
        return super().pop(key, *default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """As of any dict."""
        self._look(key)
        return super().setdefault(key, default)

    def __deepcopy__(self, memo: dict[int, Any]) -> Watched:
        plain = {key: copy.deepcopy(value, memo) for key, value in self.items()}
        return Watched(plain, self._path, self._unread, self._note)

    def copy(self) -> Watched:
        """As of any dict."""
        return Watched(dict(self), self._path, self._unread, self._note)


class Keys(KeysView[str]):
    """The keys of a watched mapping. Who asks for one looks at that one; who goes through them looks for all."""

    def __init__(self, mapping: Watched, look_at_all: Callable[[], None]) -> None:
        super().__init__(mapping)
        self._look_at_all = look_at_all

    def __iter__(self) -> Iterator[str]:
        self._look_at_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._look_at_all()
        return super().__len__()


def watch(value: Any, path: str, unread: Set[str], note: Note) -> Any:
    """The value with all mappings in it watched; of a list every item stands at the list's own path."""
    if isinstance(value, dict):
        return Watched(value, path, unread, note)
    if isinstance(value, list):
        return [watch(each, path, unread, note) for each in value]
    return value


def _below(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)
