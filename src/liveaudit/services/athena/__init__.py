"""Amazon Athena: its table and its policies."""
