"""A small AWS on this machine, for the demonstration and the tests: moto, and what moto lacks.

``with Lab() as lab: lab.client("111111111111", "s3", "us-east-1").create_bucket(...)`` makes the same events arrive in
the same queues as on AWS.
"""

from liveaudit.lab.accounts import Credentials
from liveaudit.lab.call_log import ApiCall
from liveaudit.lab.knobs import ANY, KnobError, Knobs
from liveaudit.lab.lab import Lab, LabError

__all__ = ["ANY", "ApiCall", "Credentials", "KnobError", "Knobs", "Lab", "LabError"]
