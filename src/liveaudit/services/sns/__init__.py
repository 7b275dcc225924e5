"""Amazon SNS: its table and its policies."""
