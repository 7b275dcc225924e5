"""Load on the real worker, against a server with canned answers, so that the server is not the limit."""
