"""Amazon CloudWatch Logs: log groups, who may use them, and what is counted in them."""
