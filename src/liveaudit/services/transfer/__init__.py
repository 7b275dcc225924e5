"""AWS Transfer Family: its table and its policies."""
