"""AWS Database Migration Service: its table and its policies."""
