"""AWS Glue: its table and its policies."""
