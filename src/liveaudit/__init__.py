"""liveaudit: near-real-time configuration audit for AWS."""

__version__ = "0.1.0"
