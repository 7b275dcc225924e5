"""How the receiver and the publishers are set up: templates, role documents, stack sets, bus grants."""
