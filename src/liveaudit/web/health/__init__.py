"""What the pages about liveaudit's own health are made of."""
