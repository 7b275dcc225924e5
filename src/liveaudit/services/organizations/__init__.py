"""AWS Organizations: the organization that an account is in."""
