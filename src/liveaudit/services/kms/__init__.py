"""AWS Key Management Service: its table and its policies."""
