"""``liveaudit policies`` tells of a policy whose function does not answer."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner, Result

from liveaudit.cli.main import app
from liveaudit.store import asked
from liveaudit.store.database import Database
from tests.support.stores import SqliteStores


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, ["policies", *map(str, words)])


def test_a_function_that_does_not_answer_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    begun = invoke(
        "new", "lambda", "acme_named", "--type", "AWS::S3::Bucket", "--output", folder / "own.yaml"
    )
    assert begun.exit_code == 0, begun.output
    url = SqliteStores(tmp_path).url()
    settings = tmp_path / "liveaudit.yaml"
    given = {
        "receiver": "111111111111",
        "accounts": [{"id": "111111111111"}],
        "regions": ["us-east-1"],
        "custom_policies": "own",
        "store": url,
    }
    settings.write_text(yaml.safe_dump(given), encoding="utf-8")
    listing = ("list", "--kind", "lambda", "--settings", settings)
    assert "acme_named  medium    lambda  AWS::S3::Bucket" in invoke(*listing).stdout
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:NAME"
    database = Database(url)
    database.write_now(
        lambda c: asked.note(c, "acme_named", arn, answered=0, unanswered=2, reason="gone", now=1.0)
    )
    database.close()
    assert "lambda (unhealthy)" in invoke(*listing).stdout
    shown = invoke("show", "acme_named", "--settings", settings).stdout
    assert f"unhealthy: {arn} did not answer when it was last asked" in shown
    assert f"The Lambda function {arn} decides." in shown
    (plain,) = (json.loads(line) for line in invoke(*listing, "--json").stdout.splitlines())
    assert plain["unhealthy"] == [
        f"{arn} did not answer when it was last asked, so its verdicts are UNKNOWN: gone"
    ]
