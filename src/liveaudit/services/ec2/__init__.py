"""Amazon EC2: security groups, network ACLs, prefix lists and the region's settings."""
