"""Amazon Macie: whether it is on in a region."""
