"""A rule that fails: raises."""


def lambda_handler(event, context):
    raise KeyError('configuration')
