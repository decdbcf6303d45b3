"""FAB's chart view without Google: bars as inline SVG from the server, the figures beside it as a table."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask_appbuilder import expose
from flask_appbuilder.charts.views import GroupByChartView
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import lazy_gettext as _l

from app.admin.permissions import permission_required

LABEL_WIDTH_PERCENT = 26
"""Per cent of the width that the labels take; bars grow from there."""
MAX_BAR_WIDTH_PERCENT = 58
"""Per cent of the width that the longest bar takes; its value stands behind it."""
ROW_HEIGHT_PX, ROW_GAP_PX, LABEL_ABOVE_GAP_PX = 26, 10, 34
"""Pixels: the height of a row, and the space before a new label, beside its bars or above them."""


class Figure(NamedTuple):
    """One figure of a chart and one row of its table."""

    label: str
    value: int | None
    """None: unknown; that is written and never drawn."""
    text: str
    kind: Any
    source: Any
    note: str = ""
    is_drawn: bool = True
    tone: str = "bar"
    """CSS class of the bar: `bar` ours, `bar-2` others', `bar-part` not the whole."""


class ChartRow(NamedTuple):
    """One row of the picture."""

    label: str
    figure: Figure
    top: int
    width: float


class BarsWidget(RenderTemplateWidget):
    """The picture."""

    template = "statistics/bars.html"


class ChartView(GroupByChartView):
    """A chart of the house: the database counts; FAB would load every row and count in Python."""

    chart_template = "statistics/chart.html"
    chart_widget = BarsWidget
    subtitle: Any = None
    labels_above = False
    """Whether a label is too long to stand left of its bars."""
    caption: Any = None
    headings: Sequence[Any] = (_l("Year"), _l("Clients"), _l("Source"))
    """Heads of the table."""

    def figures(self) -> Sequence[Figure]:
        """What is shown, in order."""
        raise NotImplementedError

    def extra_context(self) -> dict[str, Any]:
        """What the template of one chart shows beside the figures."""
        return {}

    @expose("/", methods=["GET"])
    @permission_required("list")
    def chart(self) -> str:
        """The picture, and the table beside it."""
        figures = self.figures()
        page = self.render_template(
            self.chart_template,
            title=self.chart_title,
            widgets=self._get_chart_widget(figures=figures),
            figures=figures,
            view=self,
            **self.extra_context(),
        )
        return str(page)

    def _get_chart_widget(self, figures: Sequence[Figure] = (), **_args: Any) -> dict[str, Any]:
        rows, height = layout_rows(figures, LABEL_ABOVE_GAP_PX if self.labels_above else ROW_GAP_PX)
        widget = self.chart_widget(
            rows=rows,
            height=height,
            labels=0 if self.labels_above else LABEL_WIDTH_PERCENT,
            title=self.chart_title,
            caption=self.caption,
        )
        return {"chart": widget}

    def _init_forms(self) -> None:
        self.search_form = None  # there is nothing to filter, and FAB's form would load whole tables


def layout_rows(figures: Sequence[Figure], gap: int = ROW_GAP_PX) -> tuple[list[ChartRow], int]:
    """Place every figure that belongs into the picture; a label is written once."""
    longest = max((one.value or 0 for one in figures if one.is_drawn), default=0)
    rows: list[ChartRow] = []
    top, before = 0, None
    for one in figures:
        if not one.is_drawn:
            continue
        top += gap if one.label != before else 0
        width = round(MAX_BAR_WIDTH_PERCENT * (one.value or 0) / longest, 2) if longest else 0
        rows.append(ChartRow(one.label if one.label != before else "", one, top, width))
        top, before = top + ROW_HEIGHT_PX, one.label
    return rows, top + ROW_GAP_PX
