"""What may be done with shifts, hand-overs and the calls of a night."""
