"""Coverage-guided fuzzing of the edge with atheris: ``make fuzz``."""
