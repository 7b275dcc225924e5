"""Amazon Cognito: its table and its policies."""
