"""Reference data: places, PPKS categories, problem tags, kinds of need, holidays and office settings."""
