"""Amazon RDS and Aurora, and what speaks the same API: DocumentDB and Neptune."""
