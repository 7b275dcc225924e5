"""Words of messages: complete, plain, and harmless whatever things are called; templates of one's own in their sandbox."""

from __future__ import annotations

import html.parser
import re

import pytest

from liveaudit.deliver.channels.interface import Kind, Message, Who
from liveaudit.deliver.channels.templates import (
    DIALECTS,
    HTML,
    LONGEST_TEXT,
    LONGEST_TITLE,
    SLACK,
    TEXT,
    Dialect,
    TemplateMistakeError,
    Wording,
    mistake,
    render,
)
from tests.unit.deliver.channels.messages import hostile_messages, message, told
from tests.unit.deliver.samples import found

ALL = list(DIALECTS.values())
EVERY_KIND = [
    message(told(what=kind, owner="ann", due_at=1_800_000_000.0, decided_by="bob")) for kind in Kind
]


@pytest.mark.parametrize("dialect", ALL, ids=lambda each: each.name)
def test_a_message_says_what_where_who_since_when_and_how_to_fix_it(dialect: Dialect) -> None:
    one = told()
    text = Wording(dialect).of(message(one)).text
    for part in (
        one.title,
        one.reason,
        one.resource.id,
        one.resource.account,
        one.resource.region,
        "Critical, opened",
    ):
        assert part in text
    for part in (
        one.who.arn,
        one.who.address,
        one.who.user_agent,
        one.who.event,
        "2027-01-15 08:00 UTC",
        one.fix,
        one.link,
    ):
        assert part in text


@pytest.mark.parametrize("dialect", ALL, ids=lambda each: each.name)
def test_every_kind_is_told_and_what_is_over_asks_for_nothing(dialect: Dialect) -> None:
    for each in EVERY_KIND:
        words = Wording(dialect).of(each)
        assert words.title == dialect.escape(each.title)
        assert not words.note
        assert "ann" in words.text
        assert "bob" in words.text
    over = Wording(dialect).of(message(told(status="resolved", what=Kind.RESOLVED))).text
    assert "resolved" in over
    assert "until" in over
    assert "fix" not in over
    assert "This is a test" in Wording(dialect).of(message(told(), kind=Kind.TEST)).text


@pytest.mark.parametrize("dialect", ALL, ids=lambda each: each.name)
def test_what_is_not_known_leaves_no_gap(dialect: Dialect) -> None:
    text = Wording(dialect).of(message(told(who=Who(), link="", fix=""), link="")).text
    assert "Who" not in text
    assert "None" not in text
    assert "http" not in text
    assert "\n\n\n" not in text


def test_several_are_numbered_and_those_that_are_not_listed_are_counted() -> None:
    text = Wording(TEXT).of(message(told(), told(), more=58)).text
    assert "\n2. " in text
    assert "And 58 more.\nhttps://audit.example.com/findings" in text
    assert Wording(TEXT).of(message(told(), more=0)).text.count("http") == 1


def test_nothing_hostile_breaks_out_of_text() -> None:
    usual = Wording(TEXT).of(message(told(owner="x"))).text
    for each in hostile_messages():
        words = Wording(TEXT).of(each)
        assert all(one.isprintable() or one == "\n" for one in words.text + words.title)
        assert len(words.text.splitlines()) == len(usual.splitlines())


def test_nothing_hostile_means_anything_to_slack() -> None:
    for each in [*hostile_messages(), _calling("<!channel> <@U123> <https://evil|here> & `code`")]:
        text = Wording(SLACK).of(each).text
        marks = re.findall(r"<[^>]*>", text)
        assert marks == [f"<{each.findings[0].link}|Open the finding>"]
        assert text.count("`") % 2 == 0


class Tags(html.parser.HTMLParser):
    """Every tag and attribute that a browser sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen.update(f"{tag} {name}" for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_nothing_hostile_is_markup_in_html() -> None:
    usual = Tags(Wording(HTML).of(message(told(owner="x"))).text).seen
    for each in [*hostile_messages(), _calling("<b>\"'&amp;<a href=//evil>")]:
        tags = Tags(Wording(HTML).of(each).text)
        assert tags.seen == usual
        assert tags.links == [each.findings[0].link]


def _calling(text: str) -> Message:
    return message(
        told(
            found(resource=text, arn=text, reason=text),
            reason=text,
            who=Who(text, text, text, text),
            owner=text,
        )
    )


@pytest.mark.parametrize("dialect", ALL, ids=lambda each: each.name)
def test_a_message_has_an_end(dialect: Dialect) -> None:
    words = Wording(dialect).of(message(*[told(reason="<x> & " * 2_000)] * 200, title="y" * 9_999))
    assert len(words.text) <= LONGEST_TEXT
    assert len(words.plain_title) == LONGEST_TITLE
    assert words.text.endswith("…")


def test_a_template_of_one_s_own() -> None:
    one = told(reason="a\nb", severity="high")
    wording = Wording(
        SLACK,
        "{{ finding.severity | upper }} in\n {{ finding.resource.account }}: {{ finding.title }}",
        "<!subteam^S123> {{ finding.reason }} {{ finding | place }} {{ finding | what }} {{ finding.since | time }}"
        "{% for each in findings %} {{ loop.index }}{{ each.resource.id | code }}{% endfor %} {{ 2 * 3 }} {{ none }}{{ link | link('All & more') }}",
    )
    words = wording.of(message(one))
    assert words.plain_title == "HIGH in 222222222222: The bucket is not public"
    assert words.text.startswith(
        "<!subteam^S123> a\\u000ab account 222222222222, eu-west-1 opened 2027-01-15 08:00 UTC 1`"
    )
    assert words.text.endswith("` 6 <https://audit.example.com/findings|All &amp; more>")
    assert not words.note


def test_a_test_is_marked_in_a_title_of_one_s_own_too() -> None:
    own = Wording(SLACK, title="{{ finding.title }}")
    assert own.of(message(kind=Kind.TEST)).plain_title == "Test: The bucket is not public"
    assert own.of(message()).plain_title == "The bucket is not public"


BAD = [
    "{{ finding.__class__.__mro__ }}",
    "{{ ''.__class__ }}",
    "{{ finding.found.finding.__init__ }}",
    "{{ render.__globals__ }}",
    "{{ range(100000000) | list }}",
    "{{ 'x' * 100000000 }}",
    "{{ [1] * 100000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 / 0 }}",
    "{{ finding.nosuch }}",
    "{{ findings[7].title }}",
    "{{ finding.title | safe }}",
    "{% include 'x' %}",
    "{{ finding.since | time(1, 2) }}",
    "{{ finding.title | time }}",
    "{% for",
]


@pytest.mark.parametrize("template", BAD)
def test_a_template_that_fails_is_not_the_end_of_a_message(template: str) -> None:
    with pytest.raises(TemplateMistakeError):
        render(TEXT, template, message())
    words = Wording(TEXT, text=template).of(message())
    assert words.text == Wording(TEXT).of(message()).text
    assert "own template" in words.note
    assert Wording(TEXT, title=template).of(message()).plain_title == message().title


def test_mistakes_are_told_before_a_template_is_used() -> None:
    assert mistake("{{ finding.title }} {% for each in findings %}{{ each.id }}{% endfor %}") == ""
    assert "'titel' is not known" in mistake("{{ titel }}")
    assert "finding.titel is not known" in mistake("{{ finding.titel }}")
    assert "each.nosuch is not known" in mistake("{% for each in findings %}{{ each.nosuch }}{% endfor %}")
    assert "message.body is not known" in mistake("{% if message.body %}x{% endif %}")
    assert (
        mistake("{% for each in findings %}{{ each.who.arn }}{{ each.is_open }}{{ each.found }}{% endfor %}")
        == ""
    )
    assert "line 2" in mistake("a\n{% for %}")
    assert "nosuch" in mistake("{{ link | nosuch }}")
