"""The page that tells of which types configuration items are made, and which fields stand in them."""

from __future__ import annotations

from collections.abc import Iterator

from liveaudit.audit.asked.config_fields import told_fields, unread_fields
from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.config_items.item import KINDS, NEVER_TOLD
from liveaudit.policies.config_items.kinds import ItemKind
from liveaudit.reference.markdown import page, table


def config_items_page(catalog: Catalog) -> str:
    """For the authors of rules: what a rule finds in an item, and what makes its verdict UNKNOWN."""
    kinds = [KINDS[name] for name in sorted(KINDS)]
    return page(
        "Configuration items",
        [
            f"Rules of AWS Config run on items of {len(kinds)} types; [AWS Config rules](config-rules.md) tells how. Items are made of what",
            "is stored, and name everything as AWS Config does. Not everything that AWS Config tells is read: a rule that looks at a",
            "field that is *not read* has the verdict UNKNOWN, with the field's name, whatever it says itself.",
            "",
            f"Not read in any type: {_listed(NEVER_TOLD)}. `relatedEvents` is empty, as AWS Config leaves it. `relationships` tells what is listed",
            "with the type; where it is not read, AWS Config tells more of it than a resource tells of itself.",
            "",
            *table(
                ("type", "in AWS Config", "made of the sections"),
                (
                    (f"[`{each.type}`](#{_anchor(each)})", f"`{each.config_type}`", _listed(each.sections))
                    for each in kinds
                ),
            ),
            *(line for each in kinds for line in _of(catalog, each)),
        ],
    )


def _of(catalog: Catalog, kind: ItemKind) -> Iterator[str]:
    told = told_fields(catalog, kind.type)
    unread = sorted(unread_fields(catalog, kind.type) - set(NEVER_TOLD))
    yield from ("", f"## {kind.type}", "")
    for part in ("configuration", "supplementaryConfiguration"):
        leaves = [each for each in told if each.startswith(f"{part}.") and not _has_more(each, told)]
        if leaves:
            yield from (f"In `{part}`: {_listed(each.removeprefix(f'{part}.') for each in leaves)}.", "")
    if kind.relations is not None:
        told_of = (f"`{each.name.strip()}` {each.type} (`{each.path}`)" for each in kind.relations)
        yield from (f"`relationships`: {', '.join(told_of) or 'none'}.", "")
    yield (f"Not read: {_listed(unread)}." if unread else "Nothing that is known of is left out.")


def _has_more(path: str, paths: tuple[str, ...]) -> bool:
    return any(each.startswith(f"{path}.") for each in paths)


def _anchor(kind: ItemKind) -> str:
    return kind.type.lower().replace(":", "")


def _listed(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
