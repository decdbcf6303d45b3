"""Verbs of the reference data, what others ask of it, and the loading of what the portal ships with."""

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
    """Give the kelurahan meant by “Loktuan”, “LOK-TUAN” or “kelurahan Lok Tuan”; None: no such one."""
    wanted = _normalize_spelling(text or "")
    kelurahan = db.session.scalars(select(Kelurahan))
    return next((one for one in kelurahan if wanted in map(_normalize_spelling, one.spellings)), None)


def add_kelurahan(data: Mapping[str, Any], *, by: Actor) -> Kelurahan:
    """Enter a kelurahan; no two may be meant by the same spelling."""
    _refuse_shared_spelling(data, None)
    return create(Kelurahan, data, by=by)


def edit_kelurahan(item: Kelurahan, data: Mapping[str, Any], *, by: Actor) -> Kelurahan:
    """Correct a kelurahan or add a spelling."""
    _refuse_shared_spelling({"name": item.name, "aliases": item.aliases, **data}, item)
    return update(item, data, by=by)


def get_office_setting(day: date | None = None) -> OfficeSetting | None:
    """Give the office as it was on that day (today): name, parent, letterhead, signatory. None: not known."""
    day = day or clock.today()
    return next((one for one in db.session.scalars(select(OfficeSetting)) if _is_valid_on(one, day)), None)


def get_aid_check_threshold() -> int:
    """Return the amount, in whole rupiah, above which cash aid asks today whether other aid was checked."""
    office = get_office_setting()
    return DEFAULT_AID_CHECK_ABOVE_RUPIAH if office is None else office.aid_check_above


def add_office_setting(data: Mapping[str, Any], *, by: Actor) -> OfficeSetting:
    """Enter the office from a day on; the entry that was open until now ends the day before."""
    data = _validate_office_setting(data)
    before = get_office_setting(data["valid_from"])
    if before is not None and before.valid_until is None and before.valid_from < data["valid_from"]:
        update(before, {"valid_until": data["valid_from"] - timedelta(days=1)}, by=by)
    _refuse_overlap(data, None)
    return create(OfficeSetting, data, by=by)


def edit_office_setting(item: OfficeSetting, data: Mapping[str, Any], *, by: Actor) -> OfficeSetting:
    """Correct an entry; two entries never hold on the same day."""
    data = _validate_office_setting(data)
    _refuse_overlap({"valid_from": item.valid_from, "valid_until": item.valid_until, **data}, item)
    return update(item, data, by=by)


def load_reference(*, by: Actor) -> None:
    """Load what the portal ships with; doing it again is harmless, and what somebody edited stays."""
    kecamatan = {one.code: one for one in load_rows(Kecamatan, seed.read_rows("kecamatan"), by=by)}
    load_rows(
        Kelurahan,
        ({**row, "kecamatan": kecamatan[str(row["kecamatan"])]} for row in seed.read_rows("kelurahan")),
        by=by,
    )
    load_rows(PpksCategory, map(_parse_tier_row, seed.read_rows("ppks_categories")), by=by)
    load_rows(ProblemTag, map(_parse_tier_row, seed.read_rows("problem_tags")), by=by)
    load_rows(NeedKind, seed.read_rows("need_kinds"), by=by)
    known = set(db.session.scalars(select(Holiday.day)))
    for row in seed.read_rows("holidays"):
        day = date.fromisoformat(str(row["day"]))
        if day not in known:
            create(Holiday, {**row, "day": day}, by=by)
    if db.session.scalar(select(OfficeSetting.id).limit(1)) is None:
        for row in seed.read_rows("office_settings"):
            add_office_setting({**row, **_parse_period(row)}, by=by)


def load_rows(model: type[Reference], rows: Iterable[Mapping[str, Any]], *, by: Actor) -> list[Reference]:
    """Make the rows that are not there yet by code; one that nobody has edited follows the shipped file."""
    known = {one.code: one for one in db.session.scalars(select(model))}
    loaded = []
    for row in rows:
        item = known.get(row["code"])
        if item is None:
            item = create(model, row, by=by)
        elif item.changed_by_id is None:  # nobody's hand was on it: it follows the shipped file
            update(item, row, by=by)
        loaded.append(item)
    return loaded


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
    settled = dict(data)
    if "phone" in data:
        settled["phone"] = phones.validate_phone(data["phone"], "phone")
    if data.get("aid_check_above", 0) is None:  # a form that leaves it empty means the shipped amount
        settled["aid_check_above"] = DEFAULT_AID_CHECK_ABOVE_RUPIAH
    return settled


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
