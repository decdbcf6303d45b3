"""ChartView: a page with inline SVG bars rendered on the server, and a table of the figures.

FAB's chart views load every row and a script of a foreign host.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_appbuilder import BaseView, expose
from flask_babel import lazy_gettext as _l

from app.admin.permissions import permission_required

LABEL_WIDTH_PERCENT = 26
"""Width of the labels in per cent of the chart; the bars start there."""
MAX_BAR_WIDTH_PERCENT = 58
"""Width of the longest bar in per cent of the chart; its value stands behind it."""
ROW_HEIGHT_PX, ROW_GAP_PX, LABEL_ABOVE_GAP_PX = 26, 10, 34
"""Pixels: height of a row, and space before a new label, beside its bars or above them."""


@dataclass(frozen=True, slots=True)
class Figure:
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


@dataclass(frozen=True, slots=True)
class Bar:
    """Position of one bar: `top` in pixels, `width` in per cent."""

    label: str
    figure: Figure
    top: int
    width: float


class ChartView(BaseView):
    """Page of a chart whose figures the database computes; a room declares title, headings and figures."""

    default_view = "chart"
    datamodel: Any
    """Model that the figures count; a refused visit is logged under its table."""
    list_title: Any = ""
    """Title of the page and label of the menu item."""
    subtitle: Any = None
    caption: Any = None
    headings: ClassVar[Sequence[Any]] = (_l("Year"), _l("Clients"), _l("Source"))
    """Column heads of the table."""
    figures: Callable[[], Sequence[Figure]]
    """Returns the figures in display order, as far as the user may see what they count."""
    extra_context: Callable[[], Mapping[str, Any]] | None = None
    """Returns further variables for the template of this chart."""
    labels_above = False
    """Whether the labels stand above their bars, because they are too long for the left side."""
    chart_template = "charts/chart.html"

    @expose("/", methods=["GET"])
    @permission_required("list")
    def chart(self) -> str:
        """Render the chart and its table."""
        figures, extra_context = type(self).figures(), type(self).extra_context
        bars, height = layout_bars(figures, LABEL_ABOVE_GAP_PX if self.labels_above else ROW_GAP_PX)
        page = self.render_template(
            self.chart_template,
            title=self.list_title,
            figures=figures,
            bars=bars,
            height=height,
            label_width=0 if self.labels_above else LABEL_WIDTH_PERCENT,
            view=self,
            **(extra_context() if extra_context is not None else {}),
        )
        return str(page)


def layout_bars(figures: Sequence[Figure], gap: int = ROW_GAP_PX) -> tuple[list[Bar], int]:
    """Compute the bars of all drawn figures, and the height in pixels; a label is written once."""
    longest = max((figure.value or 0 for figure in figures if figure.is_drawn), default=0)
    bars: list[Bar] = []
    top, previous_label = 0, None
    for figure in figures:
        if not figure.is_drawn:
            continue
        top += gap if figure.label != previous_label else 0
        width = round(MAX_BAR_WIDTH_PERCENT * (figure.value or 0) / longest, 2) if longest else 0
        bars.append(Bar(figure.label if figure.label != previous_label else "", figure, top, width))
        top, previous_label = top + ROW_HEIGHT_PX, figure.label
    return bars, top + ROW_GAP_PX
