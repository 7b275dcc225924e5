"""Amazon EventBridge: its table and its policies."""
