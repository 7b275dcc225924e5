"""Is everything there that the set-up needs? Asked by calls that change nothing, and answered with who must do what."""
