"""What the pages and the API of resources have in common."""
