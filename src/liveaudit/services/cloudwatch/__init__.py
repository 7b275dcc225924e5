"""Amazon CloudWatch: its alarms."""
