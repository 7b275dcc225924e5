"""What a policy finds, mended by exact calls that can be undone: shown as commands, run only where that was asked for."""
