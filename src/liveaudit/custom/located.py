"""Where in its file a policy is wrong: the field's place, or one within the text that stands there."""

from __future__ import annotations

from dataclasses import dataclass

from liveaudit.custom.common import PolicyMistakeError
from liveaudit.settings.fit import Fitting
from liveaudit.settings.mistakes import Mistake, Path, Place


@dataclass(slots=True)
class Located:
    """Puts mistakes to those that were found in a file. ``text``: the file as it was read."""

    text: str
    fitting: Fitting

    def add(self, policy: Path, error: PolicyMistakeError) -> None:
        """Put down what is wrong with the policy that stands at this path."""
        path = (*policy, *error.path)
        place = self.fitting.place(path)
        if error.within is not None and place is not None and path in self.fitting.places:
            place = self._inside(place, error.within)
        self.fitting.mistakes.append(Mistake(path, str(error), place))

    def _inside(self, begin: Place, within: Place) -> Place:
        """A place within a text, in the file: exact in a text of one line and in a block that keeps its lines (``|``)."""
        lines = self.text.splitlines()
        first = lines[begin.line - 1][begin.column - 1 :]
        if first.startswith("|"):
            block = lines[begin.line :]
            # a block begins with its first line that is not empty
            indents = [len(each) - len(each.lstrip(" ")) for each in block if each.strip()]
            return Place(begin.line + within.line, (indents or [0])[0] + within.column)
        if first.startswith(">"):
            return begin
        quoted = first.startswith(('"', "'"))
        return Place(begin.line, begin.column + quoted + within.column - 1) if within.line == 1 else begin
