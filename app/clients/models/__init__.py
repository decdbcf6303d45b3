"""Tables of clients, households and consents."""
