"""What runs inside the sandbox of AWS Config rules, in a process of its own: it imports nothing else of ours."""
