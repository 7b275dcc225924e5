"""Workers killed with SIGKILL under load, again and again, on PostgreSQL: ``make chaos``."""
