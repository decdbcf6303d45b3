"""Clients, their households and their consents."""
