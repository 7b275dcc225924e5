"""Settings files: where every mistake stands, what YAML makes of things, and what no file can do."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from liveaudit.settings import (
    AccountSettings,
    Checked,
    OrganizationSettings,
    Settings,
    SettingsError,
    check,
    check_bytes,
    load,
    parse,
)
from liveaudit.settings import document as yaml_document


def places(text: str) -> list[str]:
    return [each.told("f") for each in check_bytes(text.encode(), "f").mistakes]


def test_every_mistake_has_line_column_and_field(tmp_path: Path) -> None:
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        """\
receiver: 111111111111
accounts:
  - id: 011111111111
    nam: shop
  - {id: "222222222222", publisher: maybe}
  - {id: "222222222222", id: "444444444444"}
regions: [us-east-1, eu-west-1, cn-north-1]
delivery: buss
delivery: bus
name: 2026-11-20
queue:
""",
        encoding="utf-8",
    )
    checked = check(file)
    assert checked.settings is None
    assert [each.told("f").split(": ")[:3] for each in checked.mistakes] == [
        ["f:1:11", "receiver", "111111111111 is a number to YAML, not text"],
        ["f:3:9", "accounts[0].id", "011111111111 is a number to YAML, not text"],
        ["f:4:5", "accounts[0].nam", checked.mistakes[2].text],
        ["f:5:37", "accounts[1].publisher", "'maybe' is text"],
        ["f:6:10", "accounts[2].id", "222222222222 is there twice"],
        ["f:6:26", "accounts[2].id", "is there twice, first in line 6"],
        ["f:7:33", "regions[2]", "cn-north-1 is of the partition aws-cn, others are of aws"],
        ["f:8:11", "delivery", "'buss' is text"],
        ["f:9:1", "delivery", "is there twice, first in line 8"],
        ["f:10:1", "name", checked.mistakes[-2].text],
        ["f:11:7", "queue", "is nothing"],
    ]  # fmt: skip
    assert checked.mistakes[2].text.startswith(
        "no such field (did you mean 'name'?); there are id, name, role_arn"
    )
    with pytest.raises(SettingsError) as raised:
        load(file)
    assert str(raised.value).splitlines() == [each.told(str(file)) for each in checked.mistakes]
    assert raised.value.mistakes == checked.mistakes


def test_what_contradicts_stands_where_it_was_written() -> None:
    told = places(
        """
accounts:
- {id: "111111111111"}
- id: 12
- id: "222222222222"
  role_arn: arn:aws:iam::111111111111:role/x
receiver: "111111111111"
regions: all
rollout: service-managed
"""
    )
    assert [each.partition(": ")[0] for each in told] == ["f:4:7", "f:6:13", "f:9:10"]
    assert told[1].startswith("f:6:13: accounts[2].role_arn: "), "numbered as in the file"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("098765432109", None),
        ("111111111111", "111111111111 is a number"),
        ("0o11", "'0o11' is not twelve digits"),
        ("0b1", "0b1 is a number"),
        ("1_1", "1_1 is a number"),
        ("11:11", "11:11 is a number"),
        ("1.5e+3", "1.5e+3 is a number"),
        ("yes", "yes is yes or no"),
        ("2026-11-20", "2026-11-20 is a date"),
        ("~", "is nothing"),
        ("[a]", "is a list"),
        ("{a: b}", "is a mapping"),
        ("!!str 111111111111", None),
        ("&x '111111111111'", None),
        ("!!int '111111111111'", "111111111111 is a number"),
        ("!other x", "the tag '!other' is not supported"),
    ],
)
def test_what_yaml_makes_of_an_id(value: str, words: str | None) -> None:
    told = places(
        f'{{receiver: {value}, accounts: [{{id: "111111111111"}}, {{id: "098765432109"}}], regions: all}}'
    )
    assert (words is None) == (told == [])
    assert words is None or words in told[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "f: is empty"),
        (b"# nothing", "f: is empty"),
        (b"- a", "f:1:1: is a list: a mapping is expected"),
        (b"receiver: [\n", "f:2:1: no YAML: "),
        (b"a: 1\n b: 2", "f:2:3: no YAML: "),
        (b"a: b\n--- \nc: d", "f:2:1: a second document begins here"),
        (b"a: &x [*x]", "f:1:8: *x stands inside of itself"),
        (b"a: *x", "f:1:4: nothing is anchored as &x"),
        (b"x: \xff", "f:1:4: is not UTF-8"),
        (b"\xef\xbb\xbfx\n\xff", "f:2:1: is not UTF-8"),
        (b"x: y\nz: \x07", "f:2:4: no YAML: the character '\\x07'"),
        (b"[" * 5000, "f:1:21: nested deeper than 20"),
        (b"{a: " * 5000, "f:1:81: nested deeper than 20"),
        (b"- " * 5000, "f:1:41: nested deeper than 20"),
        (b"a" * (yaml_document.MAX_BYTES + 1), "f: the file has 1048577 bytes, 1048576 are allowed"),
        (b"a: !!python/object/apply:os.system ['true']", "f:1:4: the tag "),
        (b"!!set {a, b}", "f:1:1: the tag "),
        (b"!!bool perhaps", "f:1:1: 'perhaps' is neither true nor false"),
        (b"<<: {receiver: x}", "f:1:1: merge keys (<<) are not supported"),
    ],
)
def test_files_that_are_refused(content: bytes, words: str) -> None:
    told = [each.told("f") for each in check_bytes(content, "f").mistakes]
    assert any(each.startswith(words) for each in told), told


def test_aliases_are_followed_and_do_not_multiply() -> None:
    file = """
receiver: &receiver "111111111111"
accounts: [{id: *receiver, regions: &regions [us-east-1]}, {id: "222222222222", regions: *regions}]
regions: *regions
"""
    settings = check_bytes(file.encode()).usable()
    assert settings.receiver == settings.accounts[0].id == "111111111111"
    assert settings.accounts[1].regions == settings.regions == ("us-east-1",)
    laughs = "x0: &x0 [a]\n" + "".join(f"x{n}: &x{n} [{f'*x{n - 1}, ' * 10}]\n" for n in range(1, 20))
    (told,) = places(laughs)
    assert "more than 200000 values, counting what aliases repeat" in told


def test_both_parsers_of_yaml_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml is not everywhere; the slower one that is in Python takes its place."""
    good = b'{receiver: "111111111111", accounts: [{id: "111111111111"}], regions: [us-east-1]}'
    bad = b'receiver: 1\nregions: ["\xc3\xa4", &x mars, *x]\n'

    def seen() -> list[Any]:
        found = [check_bytes(each, "f") for each in (good, bad, b"[" * 100, b"a: *x", b"a: 1\n b: 2")]
        return [
            (each.settings, [one.told("f").partition("no YAML")[0] for one in each.mistakes])
            for each in found
        ]

    fast = seen()
    monkeypatch.setattr(yaml_document, "_LOADER", yaml.SafeLoader)
    assert seen() == fast


def test_plain_data_is_nested_only_so_deep() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(SettingsError, match="nested deeper than 20"):
        parse(deep)


WORDS = st.sampled_from(
    [
        *(
            each.name
            for struct in (Settings, AccountSettings, OrganizationSettings)
            for each in fields(struct)
        ),
        *("all", "none", "us-east-1", "111111111111"),
    ]
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, SCALARS), inner, max_size=5)
    ),
    max_leaves=12,
)


def consistent(checked: Checked) -> None:
    """Settings or mistakes, never both and never neither; and told in one line each."""
    assert (checked.settings is None) == bool(checked.mistakes)
    assert all("\n" not in each.told("f") for each in checked.mistakes)


@given(DATA)
@settings(max_examples=150, deadline=None)
def test_any_data_is_settings_or_a_settings_error(data: Any) -> None:
    with contextlib.suppress(SettingsError):
        assert parse(data).regions, "nothing else may be raised"
    stream = io.StringIO()
    yaml.safe_dump(data, stream, allow_unicode=True)
    consistent(check_bytes(stream.getvalue().encode("utf-8", "replace")))


PIECES = st.sampled_from(
    [
        *(
            "receiver",
            "accounts",
            "regions",
            "all",
            "111111111111",
            ": ",
            "- ",
            "\n",
            "  ",
            ",",
            "? ",
            '"',
            "'",
        ),
        *(
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "|\n",
            ">\n",
            "---\n",
            "...\n",
            "#",
            "%YAML 1.1\n",
        ),
        *("\t", "\0", "\u202e", "\u2028"),
    ]
)


@given(
    st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=25).map(lambda each: "".join(each).encode()))
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_settings_or_mistakes(content: bytes) -> None:
    consistent(check_bytes(content))
