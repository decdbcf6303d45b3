"""From what a save ran into to a sentence: what two people read who meet, or who met an outage."""

import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.core import outages
from app.core.errors import Conflict, PortalError

SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
SQLITE_NAMED = re.compile(r"(?:CHECK constraint failed|UNIQUE constraint failed: index): '?(\w+)'?")


def of(fault: Exception, model: type[Any]) -> PortalError:
    """What the user reads of it; a fault of ours is raised again."""
    if isinstance(fault, PortalError):
        return fault
    if isinstance(fault, StaleDataError):
        return Conflict(_("Somebody else changed this record while you were writing."))
    if isinstance(fault, IntegrityError):
        return sentence(fault, model)
    status = outages.status_of(fault)
    if status is None:
        raise fault
    outages.note(fault)
    return outages.Outage(status)


def sentence(broken: IntegrityError, model: type[Any]) -> PortalError:
    """The room's own sentence for the constraint, else one that says at least what to do."""
    name = _constraint(broken, model)
    for owner in _models(model):
        if name in owner.__constraint_messages__:
            column, text = owner.__constraint_messages__[name]
            return PortalError(text, field=column)
    return Conflict(
        _("This was not saved: it contradicts what is recorded already. Check the form and try again.")
    )


def _models(model: type[Any]) -> list[Any]:
    return [
        mapper.class_
        for mapper in model.registry.mappers
        if hasattr(mapper.class_, "__constraint_messages__")
    ]


def _constraint(broken: IntegrityError, model: type[Any]) -> str | None:
    diagnosis = getattr(broken.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name)
    text = str(broken.orig)
    if (named := SQLITE_NAMED.search(text)) is not None:
        return named.group(1)
    if (unique := SQLITE_UNIQUE.search(text)) is None:
        return None
    table, columns = _columns(unique.group(1))
    return _unique_name(model, table, columns)


def _columns(listed: str) -> tuple[str, set[str]]:
    pairs = [part.strip().rpartition(".") for part in listed.split(",")]
    return pairs[0][0], {column for _table, _dot, column in pairs}


def _unique_name(model: type[Any], table: str, columns: set[str]) -> str | None:
    known = model.metadata.tables.get(table)
    if known is None:
        return None
    candidates = [index for index in known.indexes if index.unique]
    candidates += [one for one in known.constraints if getattr(one, "columns", None) is not None]
    return next(
        (str(one.name) for one in candidates if {column.name for column in one.columns} == columns), None
    )
