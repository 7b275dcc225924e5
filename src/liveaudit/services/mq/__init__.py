"""Amazon MQ: its table and its policies."""
