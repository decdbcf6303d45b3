"""Head and foot of the papers about money, as the office was called on their day."""

from datetime import date

from app.reference.services import office_on


def letterhead(day: date) -> list[str]:
    """Give the lines above a paper."""
    office = office_on(day)
    if office is None:
        return []
    lines = office.letterhead or f"{office.parent_office}\n{office.office_name}"
    return [*lines.splitlines(), *([office.address] if office.address else [])]


def signatory(day: date) -> list[str]:
    """Give position, name and number of who signs; what nobody knows stays away."""
    office = office_on(day)
    if office is None:
        return []
    lines = (office.signatory_position, office.signatory_name, office.signatory_nip)
    return [line for line in lines if line]
