"""The list of findings: what an address asks for, and what is done to many at once."""
