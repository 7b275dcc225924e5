"""CloudFormation of the lab's own: stacks of the types that the set-up uses, and stack sets over many accounts.

``ControlPlane`` is what the rest of the lab sees: it answers the calls that it knows and leaves the others to moto.
"""
