"""``liveaudit policies test``, ``new`` and ``schema``: policies of one's own."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    not_usable,
    note,
    one_of,
    print_json,
    safe,
    settings_file,
)

if TYPE_CHECKING:
    from liveaudit.custom.files import Loaded


def add_to(app: typer.Typer) -> None:
    """Make the commands part of a group."""
    app.command("test")(run_tests)
    app.command("new")(new_policy)
    app.command("schema")(print_schema)


def run_tests(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]",
            help="A folder of policies, or one file; else custom_policies of the settings.",
            show_default=False,
        ),
    ] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check your own policies, and run the tests that stand with them.

    Each mistake is told with file, line, column and field. Ends with 1 when there is one, or a test does not pass.
    """
    from liveaudit.audit.asked.trying import try_rule
    from liveaudit.custom.inline_tests import run

    where = folder or _of_settings(settings)
    loaded = _loaded(where)
    counts: Counter[str] = Counter()
    lines = loaded.told()
    for line in lines:
        if as_json:
            print_json({"mistake": line})
        else:
            typer.echo(safe(line))
    for file in loaded.files:
        counts["policies"] += len({each.id for each in file.policies})
        for built in file.built:
            counts["untested"] += not built.spec.tests
            for result in run(built, try_rule):
                outcome = "failed" if result.wrong else "skipped" if result.skipped else "passed"
                counts[outcome] += 1
                if as_json:
                    told = {
                        "file": file.name,
                        "policy": result.policy,
                        "test": result.test,
                        "outcome": outcome,
                    }
                    print_json({**told, "reason": result.wrong or result.skipped})
                elif outcome != "passed":
                    typer.echo(safe(result.told(file.name)))
    if not as_json:
        parts = [
            f"{counts['policies']} policies",
            f"{counts['passed']} tests passed",
            f"{counts['failed']} failed",
        ]
        parts += [f"{counts['skipped']} not run"] * bool(counts["skipped"])
        parts += [f"{counts['untested']} policies without tests"] * bool(counts["untested"])
        parts += [f"{len(lines)} mistakes"] * bool(lines)
        typer.echo(", ".join(parts))
    if lines or counts["failed"]:
        raise typer.Exit(EXIT_ERROR)


def _of_settings(given: Path | None) -> Path:
    from liveaudit.custom.following import folder_of
    from liveaudit.settings import SettingsError, load

    file = settings_file(given)
    try:
        found = folder_of(load(file), file)
    except SettingsError as error:
        raise not_usable(error) from error
    if found is None:
        raise CommandError(
            f"{safe(file)} names no folder of policies: add custom_policies, or name a FOLDER", EXIT_USAGE
        )
    return found


def _loaded(where: Path) -> Loaded:
    from liveaudit.custom.files import Loaded, load_file, load_folder
    from liveaudit.custom.following import python_files

    if where.is_file():
        return Loaded((load_file(where),))
    if not where.exists():
        raise CommandError(
            f"{safe(where)}: there is no such folder or file: name another FOLDER, or begin a policy with "
            "liveaudit policies new",
            EXIT_USAGE,
        )
    python = python_files(where)
    taken = {policy.id: each.name for each in python for policy in each.policies}
    loaded = load_folder(where, taken=taken)
    if loaded.trouble:
        raise CommandError(f"{safe(loaded.trouble)}: name another FOLDER", EXIT_USAGE)
    if not python and not loaded.files:
        note(safe(f"{where}: holds no policies; begin one with liveaudit policies new"))
    return Loaded((*python, *loaded.files))


def new_policy(
    kind: Annotated[
        str, typer.Argument(help="By what it judges, as cel, tags, python, lambda or config-rule.")
    ],
    policy_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as acme_bucket_has_owner.")],
    type_name: Annotated[
        str, typer.Option("--type", help="The resource type that it judges.")
    ] = "AWS::S3::Bucket",
    output: Annotated[
        Path | None, typer.Option(help="Write it here, instead of printing it; nothing is overwritten.")
    ] = None,
) -> None:
    """Begin a policy of your own: a whole file, with tests, to be changed."""
    from liveaudit.custom.python import POLICY_ID
    from liveaudit.custom.scaffold import TEMPLATES, beside, scaffold
    from liveaudit.services import load
    from liveaudit.settings.mistakes import nearest

    one_of(kind, TEMPLATES, "KIND")
    catalog, policies = load()
    if not POLICY_ID.fullmatch(policy_id):
        raise CommandError(
            f"ID: {policy_id!r} is none: 3 to 100 of a-z, 0-9 and _, a letter first", EXIT_USAGE
        )
    if policies.named(policy_id):
        raise CommandError(f"ID: there is a policy {policy_id} already: choose another id", EXIT_USAGE)
    if type_name not in catalog.types:
        same = [each for each in catalog.types if each.startswith(type_name.rpartition("::")[0])]
        near = nearest(type_name, same) or "; see: liveaudit catalog list"
        raise CommandError(f"--type: {type_name!r} is no type that is covered{near}", EXIT_USAGE)
    text, more = scaffold(kind, policy_id, catalog.types[type_name]), beside(kind, policy_id)
    if output is None:
        sys.stdout.write(text + "".join(f"\n# and in {name}:\n\n{each}" for name, each in more.items()))
        return
    for path, content in [(output, text), *((output.parent / name, each) for name, each in more.items())]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(
                f"{safe(path)}: cannot be written ({error.strerror}): name another file with --output"
            ) from error
    note(safe(f"{output}: begun; liveaudit policies test {output.parent} runs its tests"))


def print_schema() -> None:
    """Print the JSON schema of files of policies, for editors."""
    from liveaudit.custom.shape import schema

    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
