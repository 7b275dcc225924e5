"""Further tables: who may use the console, who is signed in, and who changed what.

Secrets are nowhere: of sessions, tokens and links only a digest is kept, of passwords what argon2 makes of them.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, String, Table, Text

from liveaudit.store.schema_base import NUMBER, metadata

users = Table(
    "users",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    # empty: signs in by OIDC alone
    Column("password", String(255), nullable=False, server_default=""),
    Column("subject", String(600), unique=True),
    Column("disabled", Boolean, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("seen_at", Double),
)


def _user() -> Column[int]:
    return Column("user_id", NUMBER, ForeignKey("users.id", ondelete="CASCADE"), index=True)


console_sessions = Table(
    "console_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _user(),
    # of a session without a user: what the one-time link gave
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(300), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    _user(),
    Column("name", String(128), nullable=False),
    Column("hint", String(16), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("seen_at", Double),
    Column("expires_at", Double, nullable=False),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    _user(),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

sign_in_flows = Table(
    "sign_in_flows",
    metadata,
    # of the state that the provider sends back
    Column("digest", String(64), primary_key=True),
    Column("visit", String(64), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("next", Text, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("whose", String(200), primary_key=True),
    # when the last of the tries so far is paid off
    Column("paid_at", Double, nullable=False, index=True),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", String(2048), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "name", "id"),
    Index(None, "action", "id"),
    Index(None, "at", "id"),
)
