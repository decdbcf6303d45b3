"""What may be done with clients, households and consents."""
