"""AWS Secrets Manager: its table and its policies."""
