"""Amazon Data Firehose: its table and its policies."""
