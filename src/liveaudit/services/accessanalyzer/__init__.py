"""IAM Access Analyzer: the analyzers of a region."""
