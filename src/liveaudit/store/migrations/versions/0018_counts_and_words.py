"""counts of findings that the database keeps, and the search of their words"""

import sqlalchemy as sa
from alembic import op

from liveaudit.store.words import kept

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_CELL = {"account": 12, "region": 32, "type": 128, "policy": 160, "severity": 16, "status": 16}
_NAMES = ", ".join(_CELL)
_PARTS = {
    "cell": _NAMES,
    "policy": "'', '', type, policy, severity, status",
    "place": "account, region, '', '', severity, status",
}
_TIMES = ("updated_at", "opened_at")
_BATCH = 1000


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "finding_counts",
        sa.Column("part", sa.String(length=8), nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in _CELL.items()),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", *_CELL, name=op.f("pk_finding_counts")),
    )
    op.create_index(op.f("ix_finding_counts_part_policy"), "finding_counts", ["part", "policy"])
    op.create_table(
        "finding_changes",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in _CELL.items()),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_changes")),
    )
    op.create_table(
        "finding_texts",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_finding_texts_finding_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_finding_texts")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_finding_texts_finding_id")),
    )
    for part, values in _PARTS.items():
        grouped = f"SELECT {_named(values)}, count(*) AS number FROM findings GROUP BY 1, 2, 3, 4, 5, 6"  # noqa: S608 - names of ours
        into = f"INSERT INTO finding_counts (part, {_NAMES}, number) SELECT '{part}', p.* FROM"
        op.execute(f"{into} ({grouped}) p")
    for name in _TIMES:
        op.create_index(op.f(f"ix_findings_{name}"), "findings", [name])
    _words()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    dialect = op.get_bind().dialect.name
    for name in ("came", "went", "moved"):
        on = " ON findings" if dialect == "postgresql" else ""
        op.execute(f"DROP TRIGGER finding_{name}{on}")
    if dialect == "postgresql":
        op.execute("DROP FUNCTION finding_counted()")
    else:
        op.execute("DROP TABLE finding_search")
    for name in _TIMES:
        op.drop_index(op.f(f"ix_findings_{name}"), "findings")
    for table in ("finding_texts", "finding_changes", "finding_counts"):
        op.drop_table(table)


def _named(values: str) -> str:
    return ", ".join(f"{value} AS {name}" for value, name in zip(values.split(", "), _CELL, strict=True))


def _words() -> None:
    bind, last = op.get_bind(), ""
    query = sa.text(
        "SELECT findings.id, policy, rid, findings.account, findings.region, reason, arn, findings.type "
        "FROM findings JOIN resources ON resources.id = resource_id WHERE findings.id > :last "
        "ORDER BY findings.id LIMIT :most"
    )
    insert = sa.text("INSERT INTO finding_texts (finding_id, words) VALUES (:finding, :words)")
    while rows := bind.execute(query, {"last": last, "most": _BATCH}).all():
        bind.execute(insert, [{"finding": row[0], "words": kept(row[1:])} for row in rows])
        last = rows[-1][0]


def _change(row: str, number: int) -> str:
    values = ", ".join(f"{row}.{name}" for name in _CELL)
    return f"INSERT INTO finding_changes ({_NAMES}, number) VALUES ({values}, {number});"  # noqa: S608 - names of ours


_ANOTHER = "old.severity <> new.severity OR old.status <> new.status"
_SQLITE = (
    f"CREATE TRIGGER finding_came AFTER INSERT ON findings BEGIN {_change('new', 1)} END",
    f"CREATE TRIGGER finding_went AFTER DELETE ON findings BEGIN {_change('old', -1)} END",
    (
        f"CREATE TRIGGER finding_moved AFTER UPDATE OF severity, status ON findings WHEN {_ANOTHER} "
        f"BEGIN {_change('old', -1)} {_change('new', 1)} END"
    ),
    (
        "CREATE VIRTUAL TABLE finding_search USING fts5(words, content='finding_texts', content_rowid='number', "
        "tokenize=\"unicode61 remove_diacritics 0\", detail='none', prefix='2 3')"
    ),
    "INSERT INTO finding_search (finding_search) VALUES ('rebuild')",
    (
        "CREATE TRIGGER finding_text_came AFTER INSERT ON finding_texts BEGIN "
        "INSERT INTO finding_search (rowid, words) VALUES (new.number, new.words); END"
    ),
    (
        "CREATE TRIGGER finding_text_went AFTER DELETE ON finding_texts BEGIN "
        "INSERT INTO finding_search (finding_search, rowid, words) VALUES ('delete', old.number, old.words); END"
    ),
    (
        "CREATE TRIGGER finding_text_moved AFTER UPDATE ON finding_texts WHEN old.words <> new.words BEGIN "
        "INSERT INTO finding_search (finding_search, rowid, words) VALUES ('delete', old.number, old.words); "
        "INSERT INTO finding_search (rowid, words) VALUES (new.number, new.words); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION finding_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_change('old', -1)} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_change('new', 1)} END IF; RETURN NULL; END $$"
    ),
    "CREATE TRIGGER finding_came AFTER INSERT ON findings FOR EACH ROW EXECUTE FUNCTION finding_counted()",
    "CREATE TRIGGER finding_went AFTER DELETE ON findings FOR EACH ROW EXECUTE FUNCTION finding_counted()",
    (
        "CREATE TRIGGER finding_moved AFTER UPDATE OF severity, status ON findings FOR EACH ROW "
        f"WHEN ({_ANOTHER}) EXECUTE FUNCTION finding_counted()"
    ),
    (
        "CREATE INDEX ix_finding_search ON finding_texts USING gin "
        "(array_to_tsvector(string_to_array(words, ' ')))"
    ),
)
