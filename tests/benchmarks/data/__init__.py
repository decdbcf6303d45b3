"""Invented data at scale: an office of up to a million clients, to measure and to break the portal with.

`template` lets the services tell the stories of a template office of a thousand clients (`setting`,
`stories`, `referring`, `spending`). `filling` copies its rows: by `INSERT ... SELECT` with spread keys and
shifted dates (`copying`), and row by row where a copy has names, numbers or hashes of its own (`people`,
`values`, `books`). The audit of it all is left out: its book begins with a line that seals the books of all
cases.
"""
