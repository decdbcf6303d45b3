"""Writing and verifying the audit book."""
