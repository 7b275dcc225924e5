"""Due work is read, judged and reconciled here: the one way to a verdict."""
