"""AWS Config's own view of a resource, made from our sections: configuration items, the events of rules, evaluations."""
