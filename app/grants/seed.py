"""Seed data: what was published about the office's money and clients, loaded into an empty portal."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app.core.actor import Actor
from app.db.records import create
from app.extensions import db
from app.grants.enums import BudgetStage, GrantForm, Measure, Purpose, Qualifier
from app.grants.models.pots import FundingSource, Grant, PublishedFigure
from app.grants.services.pots import add_asset, record_past_grant
from app.grants.transitions import GrantState
from app.reference import seed


def seed_grants(*, by: Actor) -> None:
    """Create sources, grants, assets and figures once; does nothing if a grant or figure exists."""
    if _has_rows(Grant) or _has_rows(PublishedFigure):
        return
    sources = {source.name: source for source in db.session.scalars(select(FundingSource))}
    for row in seed.read_rows("funding_sources"):
        if row["name"] not in sources:
            source = create(FundingSource, {"name": row["name"], "note": row["note"]}, by=by)
            sources[source.name] = source
    grants = {}
    for row in seed.read_rows("grants"):
        grant = record_past_grant(_parse_grant(row, sources), by=by)
        grants[grant.name] = grant
    for row in seed.read_rows("assets"):
        add_asset(_parse_asset(row, grants), by=by)
    for row in seed.read_rows("published_figures"):
        create(PublishedFigure, _parse_figure(row, grants), by=by)


def _has_rows(model: type[Grant] | type[PublishedFigure]) -> bool:
    return db.session.scalar(select(model.id).limit(1)) is not None


def _parse_grant(row: seed.Row, sources: Mapping[str, FundingSource]) -> dict[str, Any]:
    stage = row["budget_stage"]
    return {
        "source": sources[str(row["funding_source"])],
        "fiscal_year": _parse_integer(row["fiscal_year"]),
        "budget_stage": BudgetStage[stage] if stage else None,
        "form": GrantForm[str(row["form"])],
        "purposes": {Purpose[code] for code in (row["purposes"] or "").split(";") if code},
        "ceiling_initial": _parse_integer(row["ceiling_initial"]),
        "ceiling_revised": _parse_integer(row["ceiling_revised"]),
        "state": GrantState[str(row["state"])],
        "source_url": row["source"],
        **{name: row[name] for name in ("name", "document_number", "reason", "note")},
    }


def _parse_asset(row: seed.Row, grants: Mapping[str, Grant]) -> dict[str, Any]:
    acquired_on = row["acquired_on"]
    return {
        "grant": grants[str(row["grant"])],
        "name": row["name"],
        "acquisition_value": _parse_integer(row["acquisition_value"]),
        "acquired_on": date.fromisoformat(acquired_on) if acquired_on else None,
        "note": row["note"],
    }


def _parse_figure(row: seed.Row, grants: Mapping[str, Grant]) -> dict[str, Any]:
    return {
        "year": _parse_integer(row["year"]),
        "measure": Measure[str(row["measure"])],
        "value": _parse_integer(row["value"]),
        "qualifier": Qualifier[str(row["qualifier"])],
        "grant": grants[row["grant"]] if row["grant"] else None,
        "note": row["note"],
        "source": row["source"],
    }


def _parse_integer(cell: str | None) -> int | None:
    return None if cell is None else int(cell)
