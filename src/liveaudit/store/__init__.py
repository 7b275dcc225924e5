"""What is kept: resources and their sections, verdicts, findings, due work, quarantine. SQLite or PostgreSQL."""
