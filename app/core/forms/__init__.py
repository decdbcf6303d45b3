"""Form fields, their controls, and the way from a column to its field."""
