"""A rule that fails: puts_nothing."""


def lambda_handler(event, context):
    return 'done'
