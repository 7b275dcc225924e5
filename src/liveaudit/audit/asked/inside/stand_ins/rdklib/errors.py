"""The error by which a rule tells that its parameters are wrong."""


class InvalidParametersError(Exception):
    """A parameter of the rule is missing or has a value that it does not take."""
