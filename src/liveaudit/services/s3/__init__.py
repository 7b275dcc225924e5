"""Amazon S3: buckets, access points and the account's public access block."""
