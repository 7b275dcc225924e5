"""Amazon GuardDuty: the detector of a region and what it looks at."""
