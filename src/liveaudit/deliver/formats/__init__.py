"""The formats of exports, by name."""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.deliver.formats.asff import Asff
from liveaudit.deliver.formats.csv_table import Csv
from liveaudit.deliver.formats.json_lines import JsonLines
from liveaudit.deliver.formats.ocsf import Ocsf
from liveaudit.deliver.formats.parquet import Parquet
from liveaudit.deliver.formats.sarif import Sarif
from liveaudit.deliver.interface import Format

FORMATS: Mapping[str, Format] = {
    each.name: each for each in (JsonLines(), Csv(), Ocsf(), Parquet(), Asff(), Sarif())
}
