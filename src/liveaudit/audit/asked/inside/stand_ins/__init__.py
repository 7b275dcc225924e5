"""Packages that rules expect and may not find: they stand last in the search path, so that an installed one is taken."""
