"""Amazon Route 53: its table and its policies."""
