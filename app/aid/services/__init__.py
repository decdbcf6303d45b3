"""Services of aid."""
