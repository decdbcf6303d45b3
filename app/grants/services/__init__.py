"""Services of grants: their transitions, and entries of money that arrives, is reserved, spent and proved."""
