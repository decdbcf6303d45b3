"""Funding sources, grants and their purposes, assets, and figures that others published."""

import re
from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.formats import format_number, format_rupiah
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Line, Prose, Rupiah, enum_type
from app.grants.enums import BudgetStage, GrantForm, Measure, Purpose, Qualifier
from app.grants.models.db_rules import REPORT_DUE_MONTH_DAY
from app.grants.transitions import GrantState

_POSITIVE_OR_EMPTY_MESSAGE = _l("An amount is more than zero; leave it empty when it is not known.")
_AMOUNT_HINT = _l("Whole rupiah, for example 25.000.000. Leave empty when it is not known.")
_YEAR_HINT = _l("Four digits. Leave empty when it is not known.")


class FundingSource(Entity):
    """Organisation that gives: a ministry, the city, a zakat agency, a company."""

    __tablename__ = "funding_source"
    __table_args__ = (UniqueConstraint("name"),)
    __constraint_messages__ = {
        "uq_funding_source_name": ("name", _l("Another funding source already has this name."))
    }

    name: Mapped[str] = mapped_column(Line(120), info=column_info(_l("Name")))
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note")))

    def __str__(self) -> str:
        return self.name


class Grant(Entity):
    """Grant of money or goods. An empty ceiling is an unknown ceiling, never zero; goods have none."""

    __tablename__ = "grant_fund"
    __table_args__ = (
        CheckConstraint("fiscal_year BETWEEN 2000 AND 2100", name="fiscal_year"),
        CheckConstraint("ceiling_initial > 0", name="ceiling_initial"),
        CheckConstraint("ceiling_revised > 0", name="ceiling_revised"),
        CheckConstraint(
            "form = 'cash' OR (ceiling_initial IS NULL AND ceiling_revised IS NULL)",
            name="in_kind_no_ceiling",
        ),
        CheckConstraint("state NOT IN ('rejected', 'unrealised') OR reason IS NOT NULL", name="reason"),
    )
    __constraint_messages__ = {
        "ck_grant_fund_fiscal_year": ("fiscal_year", _l("Write the year with four digits, from 2000 on.")),
        "ck_grant_fund_ceiling_initial": ("ceiling_initial", _POSITIVE_OR_EMPTY_MESSAGE),
        "ck_grant_fund_ceiling_revised": ("ceiling_revised", _POSITIVE_OR_EMPTY_MESSAGE),
        "ck_grant_fund_in_kind_no_ceiling": ("form", _l("Goods have no ceiling.")),
        "ck_grant_fund_reason": ("reason", _l("Say why.")),
        "ck_grant_fund_ceiling": ("ceiling_initial", _l("More than this is spent or reserved already.")),
        "ck_grant_fund_received": ("form", _l("More than this is spent or reserved already.")),
        "ck_grant_fund_spent_in_year": (
            "fiscal_year",
            _l("Money of this grant was spent on days of another year."),
        ),
    }

    source_id: Mapped[int] = mapped_column(ForeignKey("funding_source.id", ondelete="RESTRICT"), index=True)
    fiscal_year: Mapped[int | None] = mapped_column(
        index=True,
        info=column_info(_l("Fiscal year"), hint=_YEAR_HINT),
    )
    name: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Name")))
    budget_stage: Mapped[BudgetStage | None] = mapped_column(
        enum_type(BudgetStage),
        info=column_info(
            _l("Budget"), hint=_l("The revised budget is the one changed during the year (APBD Perubahan).")
        ),
    )
    form: Mapped[GrantForm] = mapped_column(
        enum_type(GrantForm),
        default=GrantForm.cash,
        info=column_info(_l("Form"), hint=_l("Goods have no ceiling: their value is entered as an asset.")),
    )
    ceiling_initial: Mapped[int | None] = mapped_column(
        Rupiah,
        info=column_info(
            _l("Initial ceiling"),
            hint=_AMOUNT_HINT,
        ),
    )
    ceiling_revised: Mapped[int | None] = mapped_column(
        Rupiah,
        info=column_info(
            _l("Revised ceiling"),
            hint=_l("Whole rupiah. Only when the ceiling was changed; then this one holds."),
        ),
    )
    document_number: Mapped[str | None] = mapped_column(
        Line(80), info=column_info(_l("Document number"), hint=_l("Number of the DPA or NPHD."))
    )
    report_number: Mapped[str | None] = mapped_column(Line(80), info=column_info(_l("Number of the LPJ")))
    """Number of the LPJ that was handed in."""
    accounted_on: Mapped[date | None] = mapped_column(info=column_info(_l("Handed in on")))
    state: Mapped[GrantState] = mapped_column(
        enum_type(GrantState), default=GrantState.proposed, index=True, info=column_info(_l("State"))
    )
    reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Reason"), hint=_l("In one or two sentences; it stays on record."))
    )
    """Why it was rejected or not realised."""
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note")))
    source_url: Mapped[str | None] = mapped_column(
        Line(500),
        info=column_info(_l("Source address"), hint=_l("Where these facts were published, if they were.")),
    )
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    source: Mapped[FundingSource] = relationship(info=column_info(_l("Funding source")))
    purpose_rows: Mapped[set["GrantPurpose"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    def __str__(self) -> str:
        return self.name

    @property
    def ceiling(self) -> int | None:
        """Ceiling in force, in rupiah: the revised one, else the initial one. None: unknown, or goods."""
        return self.ceiling_initial if self.ceiling_revised is None else self.ceiling_revised

    @property
    def report_due(self) -> date | None:
        """Day on which the LPJ is due, early in the next year. Until then the past year can be posted to."""
        return None if self.fiscal_year is None else date(self.fiscal_year + 1, *REPORT_DUE_MONTH_DAY)

    @property
    @labelled(_l("Ceiling"))
    def ceiling_text(self) -> str | None:
        """Ceiling, formatted; None if it is unknown."""
        return None if self.ceiling is None else format_rupiah(self.ceiling)

    @property
    @labelled(_l("May be used for"))
    def purposes(self) -> list[Purpose]:
        """Allowed purposes in the order of the enum; empty if none is stated."""
        allowed = {row.purpose for row in self.purpose_rows}
        return [purpose for purpose in Purpose if purpose in allowed]

    @purposes.setter
    def purposes(self, wanted: Iterable[Purpose]) -> None:
        wanted, rows_by_purpose = set(wanted), {row.purpose: row for row in self.purpose_rows}
        # Keep the row of a purpose that stays: its replacement would violate the unique constraint.
        self.purpose_rows = {
            rows_by_purpose.get(purpose) or GrantPurpose(purpose=purpose) for purpose in wanted
        }

    @property
    @labelled(_l("May be used for"))
    def purpose_labels(self) -> str | None:
        """Allowed purposes as one line; None if none is stated."""
        return ", ".join(str(purpose.value) for purpose in self.purposes) or None


class GrantPurpose(Entity):
    """One allowed purpose of a grant; a record of its own, so that the audit book shows its changes."""

    __tablename__ = "grant_purpose"
    __table_args__ = (UniqueConstraint("grant_id", "purpose"),)
    __title__ = _l("Purpose of a grant")
    __parent_keys__ = ("grant_id",)

    grant_id: Mapped[int] = mapped_column(
        ForeignKey("grant_fund.id", ondelete="RESTRICT"), info=column_info(_l("Grant"))
    )
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose), info=column_info(_l("Purpose")))


class Asset(Entity):
    """Thing of lasting value that a grant brought, such as the car of the mobile service."""

    __tablename__ = "asset"
    __table_args__ = (CheckConstraint("acquisition_value > 0", name="acquisition_value"),)
    __constraint_messages__ = {
        "ck_asset_acquisition_value": ("acquisition_value", _POSITIVE_OR_EMPTY_MESSAGE)
    }

    grant_id: Mapped[int] = mapped_column(ForeignKey("grant_fund.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Name")))
    acquisition_value: Mapped[int | None] = mapped_column(
        Rupiah,
        info=column_info(
            _l("Acquisition value"),
            hint=_AMOUNT_HINT,
        ),
    )
    acquired_on: Mapped[date | None] = mapped_column(
        info=column_info(_l("Acquired on"), hint=_l("Leave empty when the day is not known."))
    )
    inventory_number: Mapped[str | None] = mapped_column(
        Line(80),
        info=column_info(_l("Inventory number"), hint=_l("The number plate or the number in the inventory.")),
    )
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note")))
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    grant: Mapped[Grant] = relationship(info=column_info(_l("Grant")))

    def __str__(self) -> str:
        return self.name


class PublishedFigure(Entity):
    """Figure as somebody published it. Contradicting figures stay side by side, each with its source."""

    __tablename__ = "published_figure"
    __table_args__ = (
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
        CheckConstraint("value >= 0", name="value"),
    )
    __constraint_messages__ = {
        "ck_published_figure_year": ("year", _l("Write the year with four digits, from 2000 on.")),
        "ck_published_figure_value": ("value", _l("A published figure is not below zero.")),
    }

    year: Mapped[int | None] = mapped_column(index=True, info=column_info(_l("Year"), hint=_YEAR_HINT))
    measure: Mapped[Measure] = mapped_column(enum_type(Measure), info=column_info(_l("What it counts")))
    value: Mapped[int | None] = mapped_column(BigInteger, info=column_info(_l("Value")))
    qualifier: Mapped[Qualifier] = mapped_column(
        enum_type(Qualifier), default=Qualifier.exact, info=column_info(_l("How it is meant"))
    )
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grant_fund.id", ondelete="RESTRICT"), index=True)
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note")))
    source: Mapped[str] = mapped_column(
        Line(500),
        info=column_info(
            _l("Source"),
            hint=_l("Where it was published. Another source with another figure is an entry of its own."),
        ),
    )

    grant: Mapped[Grant | None] = relationship(
        info=column_info(_l("Grant"), hint=_l("Only where the figure is about one grant."))
    )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Measure and year."""
        return " ".join(str(part) for part in (self.measure.value, self.year) if part is not None)

    @property
    @labelled(_l("Source"))
    def published_by(self) -> str:
        """Site that published it if the source is a URL, else the source: short enough for a list."""
        site_match = re.match(r"https?://(?:www\.)?([^/\s]+)", self.source)
        return site_match.group(1) if site_match else self.source

    @property
    @labelled(_l("Value"))
    def value_text(self) -> str | None:
        """Value as people or rupiah, formatted; with “at least” if it is a minimum."""
        if self.value is None:
            return None
        text = format_rupiah(self.value) if self.measure.is_money else format_number(self.value)
        return _("at least %(value)s", value=text) if self.qualifier is Qualifier.minimum else text
