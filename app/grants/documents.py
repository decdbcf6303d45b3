"""Accountability report (LPJ) of a grant, as a PDF and as a workbook with the same rows.

Recipients appear only by the number of their case. A row of a case that the reader may not see keeps its
amount, so that the sums agree, and shows nothing else. The letterhead and signatory lines serve other
documents, too.
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
from app.db.masking import mask_for
from app.grants.enums import GrantForm, Purpose
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
"""Keep typed text as text: no cell becomes a formula, a link or a number because of how it begins."""


@dataclass(frozen=True)
class Table:
    """One table of the report; integer cells are amounts in whole rupiah."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty_text: str
    """Shown in place of the rows when there are none."""


@dataclass(frozen=True)
class Report:
    """Content of the LPJ: summary rows and tables."""

    summary_rows: Sequence[tuple[str, Cell]]
    tables: Sequence[Table]


@dataclass(frozen=True)
class SpendingByVisibility:
    """Approved expenditures of a grant, split by whether the reader may see their cases."""

    visible_expenditures: Sequence[Expenditure]
    hidden_amounts: Sequence[int]
    """Amounts of the other rows, largest first: in booking order they would reveal their days."""
    hidden_amount_without_evidence: int
    """Part of the hidden amounts that has no receipt yet, in whole rupiah."""


def build_report_pdf(grant: Grant, user: Actor) -> bytes | None:
    """Render the report as a PDF in the office's language, None for goods.

    Rows of hidden cases show amounts only.
    """
    if grant.form is not GrantForm.cash:
        return None
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
                        any(isinstance(row[column_index], int) for row in table.rows)
                        for column_index in range(len(table.headings))
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


def build_report_workbook(grant: Grant, user: Actor) -> bytes | None:
    """Render the same report as a workbook (.xlsx), with amounts as numbers; None for goods."""
    if grant.form is not GrantForm.cash:
        return None
    buffer = BytesIO()
    with force_locale("id"), xlsxwriter.Workbook(buffer, WORKBOOK_OPTIONS) as workbook:
        bold_format, money_format = (
            workbook.add_format({"bold": True}),
            workbook.add_format({"num_format": "#,##0"}),
        )
        report = _build_report(grant, user)
        summary_rows = [[label, value] for label, value in report.summary_rows]
        sheets = [Table(_("Summary"), [_("Grant"), grant.name], summary_rows, ""), *report.tables]
        for table in sheets:
            sheet = workbook.add_worksheet(table.title[:31])
            sheet.set_column(0, len(table.headings), 24)
            for column_index, heading in enumerate(table.headings):
                sheet.write_string(0, column_index, heading, bold_format)
            for row_index, row in enumerate(table.rows, start=1):
                _write_row(sheet, row_index, row, money_format)
    return buffer.getvalue()


def _write_row(sheet: Any, row_index: int, row: Sequence[Cell], money_format: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(row_index, column, cell, money_format)
        else:
            sheet.write_string(row_index, column, formats.EMPTY_VALUE if cell is None else cell)


def _format_cell(cell: Cell) -> str:
    return format_amount(cell) if cell is None or isinstance(cell, int) else cell


def _build_report(grant: Grant, user: Actor) -> Report:
    (_balance, figures), expenditures = grant_figures(grant), list_approved_expenditures(grant)
    spending = _split_by_visibility(expenditures, list_hidden_expenditure_ids(grant, user))
    report_due = grant.report_due
    summary_rows: list[tuple[str, Cell]] = [
        (_("Funding source"), grant.source.name),
        (_("Fiscal year"), None if grant.fiscal_year is None else str(grant.fiscal_year)),
        (_("Document number"), grant.document_number),
        (_("May be used for"), grant.purpose_labels),
        (_("Ceiling"), figures.ceiling),
        (_("Disbursed"), figures.disbursed),
        (_("Spent"), figures.spent),
        (_("In words"), None if figures.spent is None else spell_rupiah(figures.spent)),
        (_("With evidence"), figures.evidenced),
        (_("Remaining budget (SiLPA)"), _get_remaining_budget(figures)),
        (_("Absorption"), format_share(figures.absorption)),
        (_("LPJ due on"), None if report_due is None else formats.format_day(report_due)),
    ]
    return Report(
        summary_rows,
        [
            _build_purpose_table(figures, expenditures),
            _build_expenditure_table(spending, user),
            _build_recipient_table(spending),
            _build_missing_evidence_table(spending),
        ],
    )


def _split_by_visibility(
    expenditures: Sequence[Expenditure], hidden_ids: Collection[int]
) -> SpendingByVisibility:
    hidden_expenditures = [expenditure for expenditure in expenditures if expenditure.id in hidden_ids]
    return SpendingByVisibility(
        [expenditure for expenditure in expenditures if expenditure.id not in hidden_ids],
        sorted((expenditure.amount for expenditure in hidden_expenditures), reverse=True),
        sum(expenditure.amount for expenditure in hidden_expenditures if expenditure.is_missing_evidence),
    )


def _get_hidden_label() -> str:
    return str(_("Client aid (limited case)"))


def _get_remaining_budget(figures: GrantFigures) -> int | None:
    limit = figures.disbursed if figures.ceiling is None else figures.ceiling
    return None if limit is None or figures.spent is None else limit - figures.spent


def _build_purpose_table(figures: GrantFigures, expenditures: Sequence[Expenditure]) -> Table:
    rows: list[list[Cell]] = [
        [
            str(purpose.value),
            sum(expenditure.amount for expenditure in expenditures if expenditure.purpose is purpose),
        ]
        for purpose in Purpose
        if any(expenditure.purpose is purpose for expenditure in expenditures)
    ]
    rows.append([_("Sum"), figures.spent])
    rows.append([_("Ceiling"), figures.ceiling])
    rows.append([_("Remaining budget (SiLPA)"), _get_remaining_budget(figures)])
    return Table(_("Spending against the budget"), [_("Purpose"), _("Amount")], rows, "")


def _build_expenditure_table(spending: SpendingByVisibility, user: Actor) -> Table:
    headings = [_("No."), _("Spent on"), _("What for"), _("Purpose"), _("Receipt"), _("Amount")]
    rows: list[list[Cell]] = [
        [
            f"#{expenditure.id}",
            formats.format_day(expenditure.spent_on),
            mask_for(user, expenditure.description)
            if expenditure.case is None
            else _("Case %(number)s", number=expenditure.case.number),
            str(expenditure.purpose.value),
            expenditure.evidence_number,
            expenditure.amount,
        ]
        for expenditure in spending.visible_expenditures
    ]
    rows += [[None, None, _get_hidden_label(), None, None, amount] for amount in spending.hidden_amounts]
    return Table(_("Expenditures"), headings, rows, _("Nothing was spent."))


def _build_recipient_table(spending: SpendingByVisibility) -> Table:
    amounts_by_case = Counter[str]()
    for expenditure in spending.visible_expenditures:
        if expenditure.case is not None:
            amounts_by_case[expenditure.case.number] += expenditure.amount
    rows: list[list[Cell]] = [[number, amounts_by_case[number]] for number in sorted(amounts_by_case)]
    if spending.hidden_amounts:  # one row for all: more rows would show which amounts are of one case
        rows.append([_get_hidden_label(), sum(spending.hidden_amounts)])
    return Table(
        _("Recipients, by number of the case"),
        [_("Case"), _("Amount")],
        rows,
        _("Nothing was spent for a case."),
    )


def _build_missing_evidence_table(spending: SpendingByVisibility) -> Table:
    rows: list[list[Cell]] = [
        [f"#{expenditure.id}", formats.format_day(expenditure.spent_on), expenditure.amount]
        for expenditure in spending.visible_expenditures
        if expenditure.is_missing_evidence
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
    """Return the letterhead lines in force on the day; empty without office settings."""
    office = get_office_setting(day)
    if office is None:
        return []
    lines = office.letterhead or f"{office.parent_office}\n{office.office_name}"
    return [*lines.splitlines(), *([office.address] if office.address else [])]


def get_signatory_lines(day: date) -> list[str]:
    """Return position, name and NIP of the signatory on the day, without the unknown parts."""
    office = get_office_setting(day)
    if office is None:
        return []
    lines = (office.signatory_position, office.signatory_name, office.signatory_nip)
    return [line for line in lines if line]
