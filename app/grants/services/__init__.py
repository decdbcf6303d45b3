"""Verbs of the money: grants and their moves, what comes in, is reserved, spent and proved."""
