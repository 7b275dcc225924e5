"""Amazon Redshift, provisioned clusters."""
