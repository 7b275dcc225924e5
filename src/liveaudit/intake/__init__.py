"""The edge: queues, envelopes, quarantine. Everything that comes in here is hostile until it is checked."""
