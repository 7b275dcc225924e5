"""The words of messages: templates in a sandbox, in which whatever comes from outside is made harmless for where it is shown.

A template of one's own that fails is not the end of a message: it is told in the usual words, with a note.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from liveaudit.deliver.channels.interface import Kind, Message, ToldFinding
from liveaudit.model import GLOBAL_REGION, LiveauditError
from liveaudit.text import duration, shown

LONGEST_TITLE = 250
LONGEST_TEXT = 20_000
_LONGEST_VALUE = 4_000
_MOST_ROUNDS = 1_000
_MARK = "Test: "
"""Before a title of one's own, which does not say so by itself."""
_USUAL_TITLE = "{{ message.title }}"
NAMES = frozenset({"message", "findings", "finding", "kind", "more", "link", "range"})
"""What a template may name."""
_WITHOUT = ("safe", "escape", "e", "forceescape", "tojson", "urlize", "xmlattr", "pprint", "random")
"""Filters that would get around the escaping, or do not belong here."""


class Ready(str):
    """Text that is harmless already."""

    __slots__ = ()


class TemplateMistakeError(LiveauditError):
    """A template cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where text is shown. ``escape``: what makes a text plain there; ``code``: shows it as it is, where there is a way."""

    name: str
    escape: Callable[[str], str]
    code: Callable[[str], str]
    quote: Callable[[str, str], str]


def _slack(text: str) -> str:
    # the three that Slack gives a meaning: links, mentions and calls of everybody begin with the second
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _same(text: str) -> str:
    return text


TEXT = Dialect("text", _same, _same, lambda words, link: f"{words}: {link}")
HTML = Dialect(
    "html",
    lambda text: html.escape(text).replace("\n", "<br>"),
    lambda text: f"<code>{html.escape(text)}</code>",
    lambda words, link: f'<a href="{html.escape(link)}">{html.escape(words)}</a>',
)
SLACK = Dialect(
    "slack",
    _slack,
    lambda text: f"`{_slack(text.replace('`', chr(0x2019)))}`",
    lambda words, link: f"<{_slack(link).replace('|', '%7C')}|{_slack(words)}>",
)
DIALECTS: Mapping[str, Dialect] = {each.name: each for each in (TEXT, HTML, SLACK)}


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attributes that begin with an underscore, no long loops, no huge texts."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, _context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers only, and no powers."""
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers, and small ones")
        return left * right


def _range(*given: int) -> range:
    made = range(*given)
    if len(made) > _MOST_ROUNDS:
        raise SecurityError(f"range goes to {_MOST_ROUNDS} at most")
    return made


@lru_cache(maxsize=8)
def _environment(name: str) -> _Sandbox:
    dialect = DIALECTS[name]

    def finalize(value: Any) -> Any:
        if value is None:
            return ""
        if isinstance(value, Ready):
            return value
        return dialect.escape(shown(str(value)[:_LONGEST_VALUE]))

    made = _Sandbox(
        undefined=StrictUndefined,
        finalize=finalize,
        # finalize escapes, in the words of the place
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    for each in _WITHOUT:
        made.filters.pop(each, None)
    made.globals.clear()
    made.globals["range"] = _range
    made.filters.update(
        code=lambda value: Ready(dialect.code(shown(str(value)[:_LONGEST_VALUE]))),
        link=lambda value, words="Open it": (
            Ready(dialect.quote(shown(words), shown(str(value)))) if value else Ready()
        ),
        lines=lambda value: Ready(dialect.escape(shown(str(value)[:_LONGEST_VALUE], keep="\n"))),
        short=_short,
        time=_time,
        duration=lambda value: duration(float(value)),
        place=_place,
        what=_what,
    )
    return made


def _short(value: Any, most: int = 300) -> str:
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _time(value: Any) -> str:
    """Unix seconds as a time of day that people read."""
    return "" if value is None else f"{dt.datetime.fromtimestamp(float(value), tz=dt.UTC):%Y-%m-%d %H:%M UTC}"


def _place(finding: Any) -> str:
    """Where a finding is, in words."""
    resource = finding.resource
    region = "all regions" if resource.region == GLOBAL_REGION else resource.region
    return f"account {resource.account}, {region}"


def _what(finding: Any) -> str:
    """What happened to a finding, in words."""
    return finding.status if finding.what == Kind.CHANGED else str(finding.what.word)


@lru_cache(maxsize=256)
def _compiled(dialect: str, source: str) -> Template:
    return _environment(dialect).from_string(source)


@lru_cache(maxsize=8)
def usual_text(dialect: str) -> str:
    """The template of the usual text."""
    return resources.files("liveaudit.deliver.channels").joinpath("words", f"{dialect}.j2").read_text("utf-8")


def mistake(source: str) -> str:
    """What is wrong with a template, as far as it shows before it is used; empty: nothing."""
    environment = _environment(TEXT.name)
    try:
        tree = environment.parse(source)
        unknown = sorted(meta.find_undeclared_variables(tree) - NAMES)
        if unknown:
            return f"{unknown[0]!r} is not known; there are {', '.join(sorted(NAMES))}"
        if strange := _strange_fields(tree):
            return strange
        environment.from_string(source)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        return f"{error.message or type(error).__name__}" + (f" (line {line} of it)" if line else "")
    return ""


def _strange_fields(tree: nodes.Template) -> str:
    """Which field of a finding or a message there is not, as far as it is plain what is meant; empty: none."""
    kinds: dict[str, type] = {"finding": ToldFinding, "message": Message}
    for loop in tree.find_all(nodes.For):
        if (
            isinstance(loop.iter, nodes.Name)
            and loop.iter.name == "findings"
            and isinstance(loop.target, nodes.Name)
        ):
            kinds[loop.target.name] = ToldFinding
    for each in tree.find_all(nodes.Getattr):
        if not isinstance(each.node, nodes.Name):
            continue
        kind = kinds.get(each.node.name)
        if kind is not None and not hasattr(kind, each.attr):
            there = sorted(name for name in dir(kind) if not name.startswith("_") and name != "found")
            return f"{each.node.name}.{each.attr} is not known; there are {', '.join(there)}"
    return ""


@dataclass(frozen=True, slots=True)
class Words:
    """A message in words. ``plain_title``: without anything of the dialect. ``note``: what was wrong with one's own template."""

    title: str
    plain_title: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """The templates of a channel; an empty one: the usual."""

    dialect: Dialect
    title: str = ""
    text: str = ""

    def of(self, message: Message) -> Words:
        """A message in this wording."""
        plain, note = self._rendered(TEXT, self.title, _USUAL_TITLE, message)
        # a title of one line, for which a template of several is joined
        marked = _MARK if self.title and message.kind == Kind.TEST else ""
        plain = _short(" ".join(f"{marked}{plain}".split()), LONGEST_TITLE)
        text, other = self._rendered(self.dialect, self.text, usual_text(self.dialect.name), message)
        return Words(self.dialect.escape(plain), plain, text, note or other)

    def _rendered(self, dialect: Dialect, own: str, usual: str, message: Message) -> tuple[str, str]:
        note = ""
        if own:
            try:
                return render(dialect, own, message), ""
            except TemplateMistakeError as error:
                note = f"the channel's own template was not used: {error}"
        return render(dialect, usual, message), note


def render(dialect: Dialect, source: str, message: Message) -> str:
    """A message by a template. Raises TemplateMistakeError."""
    given = {
        "message": message,
        "findings": message.findings,
        "finding": message.findings[0] if message.findings else None,
        "kind": message.kind.value,
        "more": message.more,
        "link": message.link,
    }
    parts: list[str] = []
    size = 0
    try:
        for part in _compiled(dialect.name, source).generate(given):
            parts.append(part)
            size += len(part)
            if size > LONGEST_TEXT:
                break
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateMistakeError(shown(f"{type(error).__name__}: {error}"[:300])) from error
    return cut_lines("".join(parts), LONGEST_TEXT).strip("\n")


def cut_lines(text: str, most: int) -> str:
    """As many whole lines as there is room for; a line that is too long alone is cut where no escape is broken."""
    if len(text) <= most:
        return text
    kept = text[: most - 2]
    line = kept.rfind("\n")
    kept = kept[:line] if line > most // 2 else re.sub(r"&[#0-9a-zA-Z]{0,8}$|<[^<>]*$", "", kept)
    return f"{kept}\n…"
