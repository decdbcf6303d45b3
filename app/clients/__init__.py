"""Clients: the people whom the office helps, their households, what they agreed to."""
