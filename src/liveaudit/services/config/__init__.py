"""AWS Config: the recorder of a region."""
