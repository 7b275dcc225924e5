"""Services as data: what exists, how it is read, which events change it."""
