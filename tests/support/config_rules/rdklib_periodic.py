"""rdklib's class style, periodic: it lists what AWS Config knows, and tells of each."""

import json

from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator


class VOLUMES(ConfigRule):
    def evaluate_periodic(self, event, client_factory, valid_rule_parameters):
        config = client_factory.build_client("config")
        listed = config.list_discovered_resources(resourceType="AWS::EC2::Volume")["resourceIdentifiers"]
        keys = [{"resourceType": each["resourceType"], "resourceId": each["resourceId"]} for each in listed]
        found = config.batch_get_resource_config(resourceKeys=keys)["baseConfigurationItems"]
        return [
            Evaluation(
                ComplianceType.COMPLIANT if json.loads(each["configuration"])["encrypted"] else ComplianceType.NON_COMPLIANT,
                each["resourceId"],
                each["resourceType"],
            )
            for each in found
        ]


def lambda_handler(event, context):
    return Evaluator(VOLUMES()).handle(event, context)
