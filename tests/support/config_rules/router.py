"""Has one process hold all these rules: each goes by its file's name, which is the name of the rule in the event."""

import importlib


def lambda_handler(event, context):
    return importlib.import_module(event["configRuleName"]).lambda_handler(event, context)
