"""Rules about roles and passwords."""
