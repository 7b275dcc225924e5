"""The web console and its API: pages for people, JSON for programs, both on the same functions of the store."""
