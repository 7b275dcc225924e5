"""Policies as they are set, and exemptions: what pages and API share."""
