"""The house base: knows no domain word."""
