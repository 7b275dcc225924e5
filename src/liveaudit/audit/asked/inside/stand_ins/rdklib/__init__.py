"""What rules of AWS's ``rdklib`` need of it, for where it is not installed. Written from its documented contract.

Source: the README and developer guide of github.com/awslabs/aws-config-rdklib.
"""

from .clientfactory import ClientFactory
from .configrule import ConfigRule, MissingTriggerHandlerError
from .errors import InvalidParametersError
from .evaluation import ComplianceType, Evaluation
from .evaluator import Evaluator

__all__ = [
    "ClientFactory",
    "ComplianceType",
    "ConfigRule",
    "Evaluation",
    "Evaluator",
    "InvalidParametersError",
    "MissingTriggerHandlerError",
]
