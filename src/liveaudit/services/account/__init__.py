"""AWS Account Management: whom AWS writes to."""
