"""rdklib's class style on an item that is too large for the event: the library asks for it."""

from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator


class GROUP(ConfigRule):
    def evaluate_change(self, event, client_factory, configuration_item, valid_rule_parameters):
        rules = len(configuration_item["configuration"]["ipPermissions"])
        return [Evaluation(ComplianceType.NON_COMPLIANT, annotation=f"{rules} rules of {configuration_item['awsAccountId']}")]


def lambda_handler(event, context):
    return Evaluator(GROUP(), ["AWS::EC2::SecurityGroup"]).handle(event, context)
