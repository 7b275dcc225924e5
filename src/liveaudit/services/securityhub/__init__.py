"""AWS Security Hub: whether it is on in a region, and what feeds it."""
