"""Services of clients, households and consents."""
