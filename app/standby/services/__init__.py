"""Services of shifts, hand-overs and calls."""
