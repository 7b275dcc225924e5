"""The demonstration: a lab, its set-up, real changes, and their findings as they open and close."""
