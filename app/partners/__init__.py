"""Partners: whom the office connects its clients with, and what they offer."""
