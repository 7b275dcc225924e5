"""Amazon Inspector: what it scans in a region."""
