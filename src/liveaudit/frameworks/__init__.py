"""The frameworks that people are measured by, as data: which control is judged by which policies."""
