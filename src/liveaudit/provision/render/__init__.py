"""Writers of files for people and their tools: JSON, CloudFormation templates, Terraform's language.

All are pure: plain data in, text out, the same data giving the same text.

- ``render.text``: ``json_text(value)``, JSON as it is read by people and by AWS.
- ``render.cloudformation``: ``Template`` collects resources under logical ids of their own; ``template.body()`` is the
  template as plain data, ``template.text()`` as text. ``portable(value)`` puts ``Fn::Sub`` where a text names a pseudo
  parameter.
- ``render.hcl``: ``hcl(blocks)`` writes ``Block``s; values are plain data, ``Ref`` (``aws_iam_role.x.arn``), ``Call``
  (``jsonencode(...)``) and ``Joined`` (a text with references in it). ``identifier(text)`` makes a name of any text.

Names, reasons and whatever else came from outside may stand in every value: the writers escape, so that no text is
ever read as an interpolation, a reference or the end of a string.
"""
