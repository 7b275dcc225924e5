"""Policies that are decided elsewhere: their questions are put with an audit, asked beside it, and recorded as it is."""
