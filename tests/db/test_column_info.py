"""Labels, hints and markers on columns, relationships and computed properties."""

from sqlalchemy import ForeignKey
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from app.db.column_info import column_info, get_hint, get_info, get_label, labelled


class _Base(DeclarativeBase):
    pass


class _AddressMixin:
    address: Mapped[str] = mapped_column(info=column_info("Address", hint="Street and number.", masked=True))

    @declared_attr
    def town_id(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(ForeignKey("town.id"), info=column_info(internal=True))

    @property
    @labelled("Place", hint="In one line.")
    def place(self) -> str:
        return self.address


class _Town(_AddressMixin, _Base):
    __tablename__ = "town"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

    town: Mapped["_Town"] = relationship(info=column_info("Next town"), remote_side=[id])

    @hybrid_property
    @labelled("Short name")
    def label(self) -> str:
        return self.name


class _Office(_AddressMixin, _Base):
    __tablename__ = "office"
    __labels__ = {"address": "Address of the office"}
    __hints__ = {"address": "As on its letters."}

    id: Mapped[int] = mapped_column(primary_key=True)


def test_columns_relationships_and_computed_values_have_labels() -> None:
    labels = {name: get_label(_Town, name) for name in ("address", "town", "place", "label", "name", "none")}

    assert labels == {
        "address": "Address",
        "town": "Next town",
        "place": "Place",
        "label": "Short name",
        "name": None,
        "none": None,
    }


def test_columns_and_computed_values_have_hints() -> None:
    hints = [get_hint(_Town, "address"), get_hint(_Town, "place"), get_hint(_Town, "town")]
    assert hints == ["Street and number.", "In one line.", None]


def test_model_overrides_label_and_hint_of_an_inherited_column() -> None:
    assert get_label(_Office, "address") == "Address of the office"
    assert get_hint(_Office, "address") == "As on its letters."
    assert get_label(_Office, "place") == "Place"


def test_markers_are_stored_only_where_they_are_set() -> None:
    assert column_info("Name") == {"label": "Name"}
    assert column_info(personal=True, digits=True) == {"personal": True, "digits": True}
    assert get_info(_Town, "town_id") == {"internal": True}


def test_masked_column_is_personal() -> None:
    assert get_info(_Office, "address")["personal"] is True
