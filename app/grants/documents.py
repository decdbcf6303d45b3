"""The accountability report (LPJ) of a grant: the same rows on paper and in a workbook.

Recipients stand in it by the number of their case alone. A row of a case that the reader may not see keeps
its amount, so that the sums agree, and says nothing else.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import clock, formats, pdf
from app.core.actor import Actor
from app.core.terbilang import spell_rupiah
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.models.pots import Grant
from app.grants.presentation import format_amount, format_share
from app.grants.queries.balance import list_approved_expenditures
from app.grants.queries.figures import GrantFigures, grant_figures
from app.grants.queries.grants import list_hidden_expenditure_ids
from app.reference.services import get_office_setting

Cell = str | int | None
WORKBOOK_OPTIONS = {
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
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty_text: str
    """What it says when it has no rows."""


@dataclass(frozen=True)
class Report:
    """Everything that the LPJ says."""

    summary_rows: Sequence[tuple[str, Cell]]
    tables: Sequence[Table]


@dataclass(frozen=True)
class SpendingByVisibility:
    """The spending that counts, divided by what the reader may know of it."""

    visible_expenditures: Sequence[Expenditure]
    hidden_amounts: Sequence[int]
    """Amounts of the other rows, the largest first: the order of the books would tell their days."""
    hidden_amount_without_evidence: int
    """The part of the hidden amounts that no receipt proves yet."""


def build_report_pdf(grant: Grant, *, user: Actor) -> bytes:
    """Set the report in the language of the office, as far as the user may see its cases."""
    with force_locale("id"):
        report, today = _build_report(grant, user), clock.today()
        data = {
            "title": _("Accountability report (LPJ)"),
            "subtitle": grant.name,
            "letterhead": get_letterhead_lines(today),
            "facts": [[label, _format_cell(value)] for label, value in report.summary_rows],
            "tables": [
                {
                    "title": table.title,
                    "heads": list(table.headings),
                    "rows": [[_format_cell(cell) for cell in row] for row in table.rows],
                    "right": [
                        any(isinstance(row[n], int) for row in table.rows) for n in range(len(table.headings))
                    ],
                    "empty": table.empty_text,
                }
                for table in report.tables
            ],
            "statement": _(
                "We declare that this money was used for what it was given for, and that the evidence of"
                " every expenditure is kept with us as the object of audit."
            ),
            "signatory": get_signatory_lines(today),
            "printed": _("Printed on %(day)s", day=formats.format_day(today)),
        }
        return pdf.compile_pdf("grants/report.typ", data)


def build_report_workbook(grant: Grant, *, user: Actor) -> bytes:
    """Write the same as a workbook, amounts as numbers."""
    out = BytesIO()
    with force_locale("id"), xlsxwriter.Workbook(out, WORKBOOK_OPTIONS) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        report = _build_report(grant, user)
        facts = [[label, value] for label, value in report.summary_rows]
        sheets = [Table(_("Summary"), [_("Grant"), grant.name], facts, ""), *report.tables]
        for table in sheets:
            sheet = book.add_worksheet(table.title[:31])
            sheet.set_column(0, len(table.headings), 24)
            for column, head in enumerate(table.headings):
                sheet.write_string(0, column, head, bold)
            for number, row in enumerate(table.rows, start=1):
                _write_row(sheet, number, row, money)
    return out.getvalue()


def _write_row(sheet: Any, row_index: int, row: Sequence[Cell], money_format: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(row_index, column, cell, money_format)
        else:
            sheet.write_string(row_index, column, formats.EMPTY_VALUE if cell is None else cell)


def _format_cell(cell: Cell) -> str:
    return format_amount(cell) if cell is None or isinstance(cell, int) else cell


def _build_report(grant: Grant, user: Actor) -> Report:
    (_sums, told), every = grant_figures(grant), list_approved_expenditures(grant)
    spending = _split_by_visibility(every, list_hidden_expenditure_ids(grant, user))
    due = grant.report_due
    facts: list[tuple[str, Cell]] = [
        (_("Funding source"), grant.source.name),
        (_("Fiscal year"), None if grant.fiscal_year is None else str(grant.fiscal_year)),
        (_("Document number"), grant.document_number),
        (_("May be used for"), grant.purpose_labels),
        (_("Ceiling"), told.ceiling),
        (_("Disbursed"), told.disbursed),
        (_("Spent"), told.spent),
        (_("In words"), None if told.spent is None else spell_rupiah(told.spent)),
        (_("With evidence"), told.evidenced),
        (_("Remaining budget (SiLPA)"), _get_remaining_budget(told)),
        (_("Absorption"), format_share(told.absorption)),
        (_("LPJ due on"), None if due is None else formats.format_day(due)),
    ]
    return Report(
        facts,
        [
            _build_purpose_table(told, every),
            _build_expenditure_table(spending),
            _build_recipient_table(spending),
            _build_missing_evidence_table(spending),
        ],
    )


def _split_by_visibility(
    expenditures: Sequence[Expenditure], hidden_ids: Collection[int]
) -> SpendingByVisibility:
    hidden = [one for one in expenditures if one.id in hidden_ids]
    return SpendingByVisibility(
        [one for one in expenditures if one.id not in hidden_ids],
        sorted((one.amount for one in hidden), reverse=True),
        sum(one.amount for one in hidden if one.is_missing_evidence),
    )


def _get_hidden_label() -> str:
    return str(_("Client aid (limited case)"))


def _get_remaining_budget(figures: GrantFigures) -> int | None:
    limit = figures.disbursed if figures.ceiling is None else figures.ceiling
    return None if limit is None or figures.spent is None else limit - figures.spent


def _build_purpose_table(figures: GrantFigures, expenditures: Sequence[Expenditure]) -> Table:
    rows: list[list[Cell]] = [
        [str(purpose.value), sum(one.amount for one in expenditures if one.purpose is purpose)]
        for purpose in Purpose
        if any(one.purpose is purpose for one in expenditures)
    ]
    rows.append([_("Sum"), figures.spent])
    rows.append([_("Ceiling"), figures.ceiling])
    rows.append([_("Remaining budget (SiLPA)"), _get_remaining_budget(figures)])
    return Table(_("Spending against the budget"), [_("Purpose"), _("Amount")], rows, "")


def _build_expenditure_table(spending: SpendingByVisibility) -> Table:
    heads = [_("No."), _("Spent on"), _("What for"), _("Purpose"), _("Receipt"), _("Amount")]
    rows: list[list[Cell]] = [
        [
            f"#{one.id}",
            formats.format_day(one.spent_on),
            one.description if one.case is None else _("Case %(number)s", number=one.case.number),
            str(one.purpose.value),
            one.evidence_number,
            one.amount,
        ]
        for one in spending.visible_expenditures
    ]
    rows += [[None, None, _get_hidden_label(), None, None, amount] for amount in spending.hidden_amounts]
    return Table(_("Expenditures"), heads, rows, _("Nothing was spent."))


def _build_recipient_table(spending: SpendingByVisibility) -> Table:
    sums = Counter[str]()
    for one in spending.visible_expenditures:
        if one.case is not None:
            sums[one.case.number] += one.amount
    rows: list[list[Cell]] = [[number, sums[number]] for number in sorted(sums)]
    if spending.hidden_amounts:  # one row for all of them: two would tell which amounts are of one case
        rows.append([_get_hidden_label(), sum(spending.hidden_amounts)])
    return Table(
        _("Recipients, by number of the case"),
        [_("Case"), _("Amount")],
        rows,
        _("Nothing was spent for a case."),
    )


def _build_missing_evidence_table(spending: SpendingByVisibility) -> Table:
    rows: list[list[Cell]] = [
        [f"#{one.id}", formats.format_day(one.spent_on), one.amount]
        for one in spending.visible_expenditures
        if one.is_missing_evidence
    ]
    if spending.hidden_amount_without_evidence:
        rows.append([_get_hidden_label(), None, spending.hidden_amount_without_evidence])
    return Table(
        _("Evidence still missing"),
        [_("No."), _("Spent on"), _("Amount")],
        rows,
        _("The evidence is complete."),
    )


def get_letterhead_lines(day: date) -> list[str]:
    """Give the lines above a paper."""
    office = get_office_setting(day)
    if office is None:
        return []
    lines = office.letterhead or f"{office.parent_office}\n{office.office_name}"
    return [*lines.splitlines(), *([office.address] if office.address else [])]


def get_signatory_lines(day: date) -> list[str]:
    """Give position, name and number of who signs; what nobody knows stays away."""
    office = get_office_setting(day)
    if office is None:
        return []
    lines = (office.signatory_position, office.signatory_name, office.signatory_nip)
    return [line for line in lines if line]
