"""Reference data: places, categories, tags, needs and the office itself, each with its source."""
