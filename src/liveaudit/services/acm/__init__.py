"""AWS Certificate Manager: its table and its policies."""
