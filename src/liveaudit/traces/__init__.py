"""What an event's way through liveaudit looks like to those who look on from outside: one id for all of it, and its spans."""
