"""Views of assets and of published figures."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app.admin.base import PortalView
from app.admin.fields import RupiahField
from app.admin.interface import PortalInterface
from app.grants.models.pots import Asset, PublishedFigure
from app.grants.policy import AssetPolicy, PublishedFigurePolicy
from app.grants.services.pots import add_asset, edit_asset


class AssetView(PortalView[Asset]):
    datamodel = PortalInterface(Asset, eager=("grant",))
    policy = AssetPolicy
    route_base = "/assets"
    list_title = _l("Assets")
    show_title = _l("Asset")
    add_title = _l("Add asset")
    edit_title = _l("Edit asset")
    list_columns = ["name", "grant", "acquisition_value", "acquired_on"]
    mobile_columns = {"name": "title", "acquisition_value": "fact", "grant": "fact"}
    search_columns = ["grant", "acquired_on"]
    search_hint = _l("Name or inventory number")
    order_columns = ["name", "acquisition_value", "acquired_on"]
    base_order = ("id", "desc")
    show_columns = ["name", "grant", "acquisition_value", "acquired_on", "inventory_number", "note"]
    add_columns = ["name", "grant", "acquisition_value", "acquired_on", "inventory_number", "note"]
    edit_columns = ["name", "grant", "acquisition_value", "acquired_on", "inventory_number", "note"]
    field_width = {"acquisition_value": "half", "acquired_on": "half"}
    add_service = staticmethod(add_asset)
    edit_service = staticmethod(edit_asset)
    quick_search = True
    empty_hint = _l("Add what grants brought that lasts: a car, a wheelchair to lend, a computer.")


class PublishedFigureView(PortalView[PublishedFigure]):
    datamodel = PortalInterface(PublishedFigure, eager=("grant",))
    policy = PublishedFigurePolicy
    route_base = "/published-figures"
    list_title = _l("Published figures")
    show_title = _l("Published figure")
    add_title = _l("Add published figure")
    edit_title = _l("Edit published figure")
    list_columns = ["measure", "year", "value_text", "grant", "published_by"]
    mobile_columns = {"measure": "title", "year": "fact", "value_text": "end", "published_by": "fact"}
    search_columns = ["measure", "year", "grant"]
    order_columns = ["year", "measure"]
    base_order = ("id", "desc")
    show_columns = ["measure", "year", "value_text", "qualifier", "grant", "note", "source"]
    add_columns = ["measure", "year", "value", "qualifier", "grant", "note", "source"]
    edit_columns = ["measure", "year", "value", "qualifier", "grant", "note", "source"]
    field_width = {"year": "half", "value": "half"}
    extra_fields = {
        "value": RupiahField(
            description=_l("People or whole rupiah. Leave empty when it was not stated."),
            validators=[Optional()],
        )
    }
    option_label = "label"
    empty_hint = _l("Add what the press or the office published, each figure with its source.")
