"""The data files that come with the portal, read row by row; every row says where it was taken from."""

import csv
from collections.abc import Iterator
from pathlib import Path

DATA_FOLDER = Path(__file__).parent / "data"

Row = dict[str, str | None]


def read_rows(name: str) -> Iterator[Row]:
    """Give the rows of `data/<name>.csv`; an empty cell is None: not known, which is never zero."""
    with (DATA_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {column: cell or None for column, cell in row.items()}
