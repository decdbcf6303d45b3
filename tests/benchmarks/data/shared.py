"""Partners and grants: shared by many copies, so that their number fits the size of the office."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from app.db.search import build_search_text
from tests.benchmarks.data.copying import Copy, Plan, Row

PARTNERS, GRANTS = 24_000, 80_000
"""Number of clients for whom the template's partners and its grants suffice."""
CLIENTS_PER_COPY = {
    "partner": PARTNERS,
    "partner_service": PARTNERS,
    "partner_coverage": PARTNERS,
    "grant_fund": GRANTS,
    "grant_purpose": GRANTS,
    "disbursement": GRANTS,
}


def copies_of(table: str, clients: int) -> int:
    """Return how many copies of the template's rows an office of this size has."""
    return max(1, clients // CLIENTS_PER_COPY[table])


def shared_rows(
    table: str,
    rows: list[Row],
    plan: Plan,
    users: Mapping[int | None, int | None],
    *,
    copies: int,
    shares: int,
) -> Iterator[Row]:
    """Yield the office's rows of a table; `shares` copies of the clients use the template's grants."""
    times = ceil(shares / copies)
    own = [row for row in rows if _is_own(row, plan)]
    for row in own:
        for number in range(copies):
            made = plan.row(row, Copy(0, number, 0, 0, users))
            yield made | _VALUES.get(table, lambda _made, _number, _times: {})(made, number, times)


def _is_own(row: Row, plan: Plan) -> bool:
    """Return whether the row was created in the template, not shipped with the portal."""
    name = "id" if "id" in row else "partner_id"
    return bool(row[name] > plan.keys[name].shipped)


def _of_partner(made: Row, number: int, _times: int) -> Row:
    name = f"{made['name'].rpartition(' ')[0]} {number + 1}"
    phone = f"+62548{made['id']:06d}"
    return {
        "name": name,
        "phone": phone,
        "search_text": build_search_text(name, made["address"], numbers=(phone,)),
    }


def _of_grant(made: Row, number: int, times: int) -> Row:
    name = f"{made['name'].rpartition(' ')[0]} {number + 1}"
    document = f"{made['document_number'].rpartition('/')[0]}/{number + 1:03d}"
    year = str(made["fiscal_year"])
    return {
        "name": name,
        "document_number": document,
        "ceiling_initial": made["ceiling_initial"] * times,
        "search_text": build_search_text(name, document, numbers=(year,)),
    }


def _of_disbursement(made: Row, _number: int, times: int) -> Row:
    number = f"{made['document_number'].rpartition('/')[0]}/{made['grant_id']:03d}"
    return {"amount": made["amount"] * times, "document_number": number}


_VALUES: Mapping[str, Any] = {
    "partner": _of_partner,
    "grant_fund": _of_grant,
    "disbursement": _of_disbursement,
}
