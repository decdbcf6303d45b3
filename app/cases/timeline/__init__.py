"""The timeline of a case: the first custom view."""
