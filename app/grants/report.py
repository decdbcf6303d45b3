"""The accountability report (LPJ) of a grant: the same rows on paper and in a workbook.

Recipients stand in it by the number of their case alone. A row of a case that the reader may not see keeps
its amount, so that the sums agree, and says nothing else.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import clock, display, pdf
from app.core.actor import Actor
from app.core.spelled import rupiah_in_words
from app.grants.choices import Purpose
from app.grants.letterhead import letterhead, signatory
from app.grants.models import Expenditure, Grant
from app.grants.queries import hidden_spending
from app.grants.services import Told, spending_of, tell_pot
from app.grants.wording import amount, share

Cell = str | int | None
WORKBOOK = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""What somebody typed stays text in a workbook, however it begins."""


@dataclass(frozen=True)
class Table:
    """One table of the report; whole numbers are rupiah."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str
    """What it says when it has no rows."""


@dataclass(frozen=True)
class Report:
    """Everything that the LPJ says."""

    facts: Sequence[tuple[str, Cell]]
    tables: Sequence[Table]


@dataclass(frozen=True)
class Spending:
    """The spending that counts, divided by what the reader may know of it."""

    visible: Sequence[Expenditure]
    hidden: Sequence[int]
    """Amounts of the other rows, the largest first: the order of the books would tell their days."""
    hidden_unproved: int
    """The part of the hidden amounts that no receipt proves yet."""


def as_pdf(grant: Grant, *, user: Actor) -> bytes:
    """Set the report in the language of the office, as far as the user may see its cases."""
    with force_locale("id"):
        report, today = _report(grant, user), clock.today()
        data = {
            "title": _("Accountability report (LPJ)"),
            "subtitle": grant.name,
            "letterhead": letterhead(today),
            "facts": [[label, _written(value)] for label, value in report.facts],
            "tables": [
                {
                    "title": table.title,
                    "heads": list(table.heads),
                    "rows": [[_written(cell) for cell in row] for row in table.rows],
                    "right": [
                        any(isinstance(row[n], int) for row in table.rows) for n in range(len(table.heads))
                    ],
                    "empty": table.empty,
                }
                for table in report.tables
            ],
            "statement": _(
                "We declare that this money was used for what it was given for, and that the evidence of"
                " every expenditure is kept with us as the object of audit."
            ),
            "signatory": signatory(today),
            "printed": _("Printed on %(day)s", day=display.day(today)),
        }
        return pdf.compile_pdf("grants/report.typ", data)


def as_workbook(grant: Grant, *, user: Actor) -> bytes:
    """Write the same as a workbook, amounts as numbers."""
    out = BytesIO()
    with force_locale("id"), xlsxwriter.Workbook(out, WORKBOOK) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        report = _report(grant, user)
        facts = [[label, value] for label, value in report.facts]
        sheets = [Table(_("Summary"), [_("Grant"), grant.name], facts, ""), *report.tables]
        for table in sheets:
            sheet = book.add_worksheet(table.title[:31])
            sheet.set_column(0, len(table.heads), 24)
            for column, head in enumerate(table.heads):
                sheet.write_string(0, column, head, bold)
            for number, row in enumerate(table.rows, start=1):
                _write(sheet, number, row, money)
    return out.getvalue()


def _write(sheet: Any, number: int, row: Sequence[Cell], money: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(number, column, cell, money)
        else:
            sheet.write_string(number, column, display.UNKNOWN if cell is None else cell)


def _written(cell: Cell) -> str:
    return amount(cell) if cell is None or isinstance(cell, int) else cell


def _report(grant: Grant, user: Actor) -> Report:
    (_sums, told), every = tell_pot(grant), spending_of(grant)
    spending = _divide(every, hidden_spending(grant, user))
    due = grant.report_due
    facts: list[tuple[str, Cell]] = [
        (_("Funding source"), grant.source.name),
        (_("Fiscal year"), None if grant.fiscal_year is None else str(grant.fiscal_year)),
        (_("Document number"), grant.document_number),
        (_("May be used for"), grant.purposes_shown),
        (_("Ceiling"), told.ceiling),
        (_("Disbursed"), told.disbursed),
        (_("Spent"), told.spent),
        (_("In words"), None if told.spent is None else rupiah_in_words(told.spent)),
        (_("With evidence"), told.evidenced),
        (_("Remaining budget (SiLPA)"), _left(told)),
        (_("Absorption"), share(told.absorption)),
        (_("LPJ due on"), None if due is None else display.day(due)),
    ]
    return Report(
        facts, [_by_purpose(told, every), _entries(spending), _recipients(spending), _unproved(spending)]
    )


def _divide(every: Sequence[Expenditure], hidden_ids: Collection[int]) -> Spending:
    hidden = [one for one in every if one.id in hidden_ids]
    return Spending(
        [one for one in every if one.id not in hidden_ids],
        sorted((one.amount for one in hidden), reverse=True),
        sum(one.amount for one in hidden if one.lacks_evidence),
    )


def _hidden_label() -> str:
    return str(_("Client aid (limited case)"))


def _left(told: Told) -> int | None:
    limit = told.disbursed if told.ceiling is None else told.ceiling
    return None if limit is None or told.spent is None else limit - told.spent


def _by_purpose(told: Told, spending: Sequence[Expenditure]) -> Table:
    rows: list[list[Cell]] = [
        [str(purpose.value), sum(one.amount for one in spending if one.purpose is purpose)]
        for purpose in Purpose
        if any(one.purpose is purpose for one in spending)
    ]
    rows.append([_("Sum"), told.spent])
    rows.append([_("Ceiling"), told.ceiling])
    rows.append([_("Remaining budget (SiLPA)"), _left(told)])
    return Table(_("Spending against the budget"), [_("Purpose"), _("Amount")], rows, "")


def _entries(spending: Spending) -> Table:
    heads = [_("No."), _("Spent on"), _("What for"), _("Purpose"), _("Receipt"), _("Amount")]
    rows: list[list[Cell]] = [
        [
            f"#{one.id}",
            display.day(one.spent_on),
            one.description if one.case is None else _("Case %(number)s", number=one.case.number),
            str(one.purpose.value),
            one.evidence_number,
            one.amount,
        ]
        for one in spending.visible
    ]
    rows += [[None, None, _hidden_label(), None, None, amount] for amount in spending.hidden]
    return Table(_("Expenditures"), heads, rows, _("Nothing was spent."))


def _recipients(spending: Spending) -> Table:
    sums = Counter[str]()
    for one in spending.visible:
        if one.case is not None:
            sums[one.case.number] += one.amount
    rows: list[list[Cell]] = [[number, sums[number]] for number in sorted(sums)]
    if spending.hidden:  # one row for all of them: two would tell which amounts are of one case
        rows.append([_hidden_label(), sum(spending.hidden)])
    return Table(
        _("Recipients, by number of the case"),
        [_("Case"), _("Amount")],
        rows,
        _("Nothing was spent for a case."),
    )


def _unproved(spending: Spending) -> Table:
    rows: list[list[Cell]] = [
        [f"#{one.id}", display.day(one.spent_on), one.amount]
        for one in spending.visible
        if one.lacks_evidence
    ]
    if spending.hidden_unproved:
        rows.append([_hidden_label(), None, spending.hidden_unproved])
    return Table(
        _("Evidence still missing"),
        [_("No."), _("Spent on"), _("Amount")],
        rows,
        _("The evidence is complete."),
    )
