"""What a user should see once: a row for each user and reason, read or unread."""
