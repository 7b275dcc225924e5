"""Amazon Elastic File System (EFS)."""
