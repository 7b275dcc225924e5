"""Pages for people: every module here has a `router` and is registered by itself."""
