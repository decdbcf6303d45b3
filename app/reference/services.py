"""Services of the reference data: add and edit, look up, and load the shipped rows."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock, phones
from app.core.actor import Actor
from app.core.errors import PortalError
from app.db.records import create, update
from app.extensions import db
from app.reference import seed
from app.reference.enums import Confidentiality
from app.reference.models import (
    DEFAULT_AID_CHECK_ABOVE_RUPIAH,
    Holiday,
    Kecamatan,
    Kelurahan,
    NeedKind,
    OfficeSetting,
    PpksCategory,
    ProblemTag,
    Reference,
)


def find_kelurahan(text: str | None) -> Kelurahan | None:
    """Return the kelurahan with that spelling (“Loktuan”, “LOK-TUAN”, “kelurahan Lok Tuan”), or None."""
    spelling = _normalize_spelling(text or "")
    kelurahan = db.session.scalars(select(Kelurahan))
    return next((item for item in kelurahan if spelling in map(_normalize_spelling, item.spellings)), None)


def add_kelurahan(data: Mapping[str, Any], *, by: Actor) -> Kelurahan:
    """Create a kelurahan; raise PortalError if another one has one of its spellings."""
    _refuse_shared_spelling(data, None)
    return create(Kelurahan, data, by=by)


def edit_kelurahan(item: Kelurahan, data: Mapping[str, Any], *, by: Actor) -> Kelurahan:
    """Update a kelurahan; raise PortalError if another one has one of its spellings."""
    _refuse_shared_spelling({"name": item.name, "aliases": item.aliases, **data}, item)
    return update(item, data, by=by)


def get_office_setting(day: date | None = None) -> OfficeSetting | None:
    """Return the office setting that is valid on that day (default: today); None: there is none."""
    day = day or clock.today()
    return next(
        (setting for setting in db.session.scalars(select(OfficeSetting)) if _is_valid_on(setting, day)), None
    )


def get_aid_check_threshold() -> int:
    """Return the amount in whole rupiah above which cash aid today requires a check of other aid."""
    office = get_office_setting()
    return DEFAULT_AID_CHECK_ABOVE_RUPIAH if office is None else office.aid_check_above


def add_office_setting(data: Mapping[str, Any], *, by: Actor) -> OfficeSetting:
    """Create an office setting; an open-ended one before it then ends the day before."""
    data = _validate_office_setting(data)
    previous = get_office_setting(data["valid_from"])
    if previous is not None and previous.valid_until is None and previous.valid_from < data["valid_from"]:
        update(previous, {"valid_until": data["valid_from"] - timedelta(days=1)}, by=by)
    _refuse_overlap(data, None)
    return create(OfficeSetting, data, by=by)


def edit_office_setting(item: OfficeSetting, data: Mapping[str, Any], *, by: Actor) -> OfficeSetting:
    """Update an office setting; raise PortalError if two would be valid on the same day."""
    data = _validate_office_setting(data)
    _refuse_overlap({"valid_from": item.valid_from, "valid_until": item.valid_until, **data}, item)
    return update(item, data, by=by)


def load_reference(*, by: Actor) -> None:
    """Load the shipped rows; idempotent, and rows that a user has edited stay as they are."""
    kecamatan = {item.code: item for item in load_rows(Kecamatan, seed.read_rows("kecamatan"), by=by)}
    load_rows(
        Kelurahan,
        ({**row, "kecamatan": kecamatan[str(row["kecamatan"])]} for row in seed.read_rows("kelurahan")),
        by=by,
    )
    load_rows(PpksCategory, map(_parse_tier_row, seed.read_rows("ppks_categories")), by=by)
    load_rows(ProblemTag, map(_parse_tier_row, seed.read_rows("problem_tags")), by=by)
    load_rows(NeedKind, seed.read_rows("need_kinds"), by=by)
    known_days = set(db.session.scalars(select(Holiday.day)))
    for row in seed.read_rows("holidays"):
        day = date.fromisoformat(str(row["day"]))
        if day not in known_days:
            create(Holiday, {**row, "day": day}, by=by)
    if db.session.scalar(select(OfficeSetting.id).limit(1)) is None:
        for row in seed.read_rows("office_settings"):
            add_office_setting({**row, **_parse_period(row)}, by=by)


def load_rows(model: type[Reference], rows: Iterable[Mapping[str, Any]], *, by: Actor) -> list[Reference]:
    """Create rows with new codes, update rows that no user has edited, and return the records of all rows."""
    item_by_code = {record.code: record for record in db.session.scalars(select(model))}
    items = []
    for row in rows:
        item = item_by_code.get(row["code"])
        if item is None:
            item = create(model, row, by=by)
        elif item.changed_by_id is None:  # no user has edited it: it follows the shipped file
            update(item, row, by=by)
        items.append(item)
    return items


def _parse_tier_row(row: seed.Row) -> dict[str, Any]:
    return {**row, **_parse_period(row), "confidentiality": Confidentiality[str(row["confidentiality"])]}


def _parse_period(row: seed.Row) -> dict[str, date | None]:
    return {
        name: date.fromisoformat(day) if day else None
        for name, day in row.items()
        if name.startswith("valid_")
    }


def _normalize_spelling(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold()).removeprefix("kelurahan")


def _refuse_shared_spelling(data: Mapping[str, Any], item: Kelurahan | None) -> None:
    for spelling in Kelurahan(name=data["name"], aliases=data.get("aliases")).spellings:
        other = find_kelurahan(spelling)
        if other not in (None, item):
            raise PortalError(
                _("“%(spelling)s” already means %(name)s.", spelling=spelling, name=other.name),
                field="name" if spelling == data["name"] else "aliases",
            )


def _validate_office_setting(data: Mapping[str, Any]) -> dict[str, Any]:
    pattern = data.get("letter_pattern")
    if pattern and (_find_unknown_braces(pattern) or "{number}" not in pattern or "{year}" not in pattern):
        raise PortalError(
            _("Write {number} and {year} where they belong, and {month} if you want the month."),
            field="letter_pattern",
        )
    values = dict(data)
    if "phone" in data:
        values["phone"] = phones.validate_phone(data["phone"], "phone")
    if data.get("aid_check_above", 0) is None:  # an empty form field means the default amount
        values["aid_check_above"] = DEFAULT_AID_CHECK_ABOVE_RUPIAH
    return values


def _find_unknown_braces(pattern: str) -> str:
    return "".join(re.findall(r"[{}]", re.sub(r"\{(number|month|year)\}", "", pattern)))


def _is_valid_on(setting: OfficeSetting, day: date) -> bool:
    return setting.valid_from <= day <= (setting.valid_until or date.max)


def _refuse_overlap(data: Mapping[str, Any], item: OfficeSetting | None) -> None:
    first, last = data["valid_from"], data.get("valid_until") or date.max
    if last < first:
        raise PortalError(_("The last day is before the first one."), field="valid_until")
    for other in db.session.scalars(select(OfficeSetting)):
        if other is not item and other.valid_from <= last and first <= (other.valid_until or date.max):
            raise PortalError(
                _("On some of these days another entry holds: %(office)s.", office=other.parent_office),
                field="valid_from",
            )
