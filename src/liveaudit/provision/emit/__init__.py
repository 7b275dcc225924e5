"""The set-up as files instead of calls, for those who may not let a tool write: CloudFormation and Terraform.

``emit(desired)`` gives path to text. Both forms are made from the very templates that ``setup apply`` uses, so there is
no second list of what is set up, and what was made from the files is seen by ``setup status`` and ``setup verify``.
"""

from liveaudit.provision.emit.files import GUIDE, emit

__all__ = ["GUIDE", "emit"]
