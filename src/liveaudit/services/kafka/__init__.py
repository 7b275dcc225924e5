"""Amazon MSK: its table and its policies."""
