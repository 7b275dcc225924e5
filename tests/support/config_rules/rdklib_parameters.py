"""rdklib's class style with parameters that are checked."""

from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator, InvalidParametersError


class RETENTION(ConfigRule):
    def evaluate_parameters(self, rule_parameters):
        if not rule_parameters.get("days", "").isdigit():
            raise InvalidParametersError("days has to be a number")
        return {"days": int(rule_parameters["days"])}

    def evaluate_change(self, event, client_factory, configuration_item, valid_rule_parameters):
        kept = configuration_item["configuration"]["backupRetentionPeriod"]
        if kept < valid_rule_parameters["days"]:
            return [Evaluation(ComplianceType.NON_COMPLIANT, annotation=f"kept {kept} days")]
        return [Evaluation(ComplianceType.COMPLIANT)]


def lambda_handler(event, context):
    return Evaluator(RETENTION(), ["AWS::RDS::DBInstance"]).handle(event, context)
