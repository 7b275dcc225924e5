"""AWS Systems Manager: documents, and the settings of a region."""
