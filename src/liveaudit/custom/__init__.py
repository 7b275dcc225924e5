"""The users' own policies: read from their files and packages, and taken in beside the built-in ones."""
