"""rdklib's class style, change-triggered."""

from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator


class KEY_ROTATION(ConfigRule):
    def evaluate_change(self, event, client_factory, configuration_item, valid_rule_parameters):
        if configuration_item["configuration"]["keyManager"] == "AWS":
            return [Evaluation(ComplianceType.NOT_APPLICABLE, annotation="a key of AWS's")]
        if configuration_item["supplementaryConfiguration"]["KeyRotationStatus"]:
            return [Evaluation(ComplianceType.COMPLIANT)]
        return [Evaluation(ComplianceType.NON_COMPLIANT, annotation="the key is not rotated")]


def lambda_handler(event, context):
    return Evaluator(KEY_ROTATION(), ["AWS::KMS::Key"]).handle(event, context)
