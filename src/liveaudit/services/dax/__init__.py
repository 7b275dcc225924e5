"""DynamoDB Accelerator (DAX)."""
