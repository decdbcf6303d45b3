"""The audit book: every change of a record, every look at one, every refusal."""
