"""First page of each role: open tasks, standby, monthly figures, global search, help."""
