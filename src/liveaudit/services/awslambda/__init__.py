"""AWS Lambda. The folder is not named as the service, because that is a word of Python's."""
