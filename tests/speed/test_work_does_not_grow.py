"""What a page costs does not grow with the office: counted in steps and rows, never in seconds."""

from pathlib import Path

import pytest

from app.extensions import db
from tests.speed.office import Steps, addresses, asked, entered, heavy_nodes, office

FEW, MANY = 8_000, 40_000
ANYWAY = 200
"""Thousands of steps that nobody would notice: a thousand rows counted, a search that finds some."""
ROWS = 4_000
"""Rows that a page may touch: as far as one can page, and a thousand counted."""


def test_five_times_the_clients_cost_no_more_on_sqlite(tmp_path: Path) -> None:
    costs: list[dict[str, int]] = []
    for clients in (FEW, MANY):
        folder = tmp_path / str(clients)
        folder.mkdir()
        with office("sqlite", clients, folder) as app:
            steps, rina = Steps(), entered(app, "rina")
            costs.append({address: steps.of(rina, address) for address in addresses(app)})
    few, many = costs
    grown = {
        address: (few[address], many[address])
        for address in many
        if many[address] > max(ANYWAY, 1.5 * few[address])
    }
    assert grown == {}


@pytest.mark.parametrize("username", ["rina", "kabid"])
def test_no_page_reads_or_sorts_a_whole_table_on_postgresql(tmp_path: Path, username: str) -> None:
    heavy: dict[str, list[str]] = {}
    with office("postgresql", MANY, tmp_path) as app:
        client = entered(app, username)
        for address in addresses(app):
            with asked() as sent:
                client.get(address)
            with db.engine.connect() as connection:
                nodes = [
                    node
                    for statement, values in sent
                    for node in heavy_nodes(connection, statement, values, ROWS)
                ]
            if nodes:
                heavy[address] = nodes
    assert heavy == {}
