"""The set-up in the console: from nothing to what is watched, step by step."""
