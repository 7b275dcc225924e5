"""What a policy is, the judge of policy documents, and the user's own kinds of policy."""
