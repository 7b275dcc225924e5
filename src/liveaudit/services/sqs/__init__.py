"""Amazon SQS: its table and its policies."""
