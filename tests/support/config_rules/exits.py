"""A rule that fails: exits."""


def lambda_handler(event, context):
    raise SystemExit(3)
