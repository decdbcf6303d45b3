"""Reader of the CSV files in `data/`, which come with the portal; every row names its source."""

import csv
from collections.abc import Iterator
from pathlib import Path

DATA_FOLDER = Path(__file__).parent / "data"

Row = dict[str, str | None]


def read_rows(name: str) -> Iterator[Row]:
    """Read the rows of `data/<name>.csv`; an empty cell becomes None, because unknown is not zero."""
    with (DATA_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {column: cell or None for column, cell in row.items()}
