"""FAB's chart view without Google: inline SVG bars rendered on the server, and a table of the figures."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask_appbuilder import expose
from flask_appbuilder.charts.views import GroupByChartView
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import lazy_gettext as _l

from app.admin.permissions import permission_required

LABEL_WIDTH_PERCENT = 26
"""Width of the labels in per cent of the chart; the bars start there."""
MAX_BAR_WIDTH_PERCENT = 58
"""Width of the longest bar in per cent of the chart; its value stands behind it."""
ROW_HEIGHT_PX, ROW_GAP_PX, LABEL_ABOVE_GAP_PX = 26, 10, 34
"""Pixels: height of a row, and space before a new label, beside its bars or above them."""


class Figure(NamedTuple):
    """One figure of a chart, and one row of its table."""

    label: str
    value: int | None
    """None: unknown; shown as text and never drawn."""
    text: str
    kind: Any
    source: Any
    note: str = ""
    is_drawn: bool = True
    tone: str = "bar"
    """CSS class of the bar: `bar` for ours, `bar-2` for others', `bar-part` for a part of the whole."""


class ChartRow(NamedTuple):
    """Position of one bar: `top` in pixels, `width` in per cent."""

    label: str
    figure: Figure
    top: int
    width: float


class BarsWidget(RenderTemplateWidget):
    """The bars of a chart as SVG."""

    template = "statistics/bars.html"


class ChartView(GroupByChartView):
    """Chart of figures that the database computes; FAB would load every row and count in Python."""

    chart_template = "statistics/chart.html"
    chart_widget = BarsWidget
    subtitle: Any = None
    labels_above = False
    """Whether the labels stand above their bars, because they are too long for the left side."""
    caption: Any = None
    headings: Sequence[Any] = (_l("Year"), _l("Clients"), _l("Source"))
    """Column heads of the table."""

    def figures(self) -> Sequence[Figure]:
        """Return the figures in display order."""
        raise NotImplementedError

    def extra_context(self) -> dict[str, Any]:
        """Return further variables for the template of this chart."""
        return {}

    @expose("/", methods=["GET"])
    @permission_required("list")
    def chart(self) -> str:
        """Render the chart and its table."""
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
        self.search_form = None  # no filters; FAB's form would load whole tables


def layout_rows(figures: Sequence[Figure], gap: int = ROW_GAP_PX) -> tuple[list[ChartRow], int]:
    """Compute the bars of all drawn figures, and the height in pixels; a label is written once."""
    longest = max((figure.value or 0 for figure in figures if figure.is_drawn), default=0)
    rows: list[ChartRow] = []
    top, previous_label = 0, None
    for figure in figures:
        if not figure.is_drawn:
            continue
        top += gap if figure.label != previous_label else 0
        width = round(MAX_BAR_WIDTH_PERCENT * (figure.value or 0) / longest, 2) if longest else 0
        rows.append(ChartRow(figure.label if figure.label != previous_label else "", figure, top, width))
        top, previous_label = top + ROW_HEIGHT_PX, figure.label
    return rows, top + ROW_GAP_PX
