"""Amazon Kinesis Data Streams: its table and its policies."""
