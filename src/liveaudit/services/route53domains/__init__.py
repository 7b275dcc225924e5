"""Amazon Route 53 Domains: its table and its policies."""
