"""The lab's permission gate: who may do what on which resource, decided as AWS decides it.

Independent of ``liveaudit.policies.documents`` and of ``liveaudit.provision``: what those say is what is put to the
test here.
"""
