"""Amazon EMR: its table and its policies."""
