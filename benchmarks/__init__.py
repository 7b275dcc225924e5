"""What a change costs: printed, never asserted."""
