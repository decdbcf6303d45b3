"""Invented data at scale: an office of up to a million clients, for benchmarks and load tests.

`template` creates a template office of a thousand clients through the services (`setting`, `stories`,
`referring`, `spending`). `filling` copies its rows: by `INSERT ... SELECT` with spread keys and shifted dates
(`copying`), and row by row where a copy has names, numbers or hashes of its own (`people`, `values`,
`books`). Audit entries of the template are not copied: the audit book starts with an entry that seals the
books of all cases.
"""
