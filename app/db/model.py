"""What every table of ours has."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, event, text
from sqlalchemy.orm import ColumnProperty, Mapped, Mapper, Session, declared_attr, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from app.core import clock
from app.db.types import Instant, Line
from app.extensions import Model


class Base(Model):
    """Maps plain annotations to our column types; for the two books and for link tables."""

    __abstract__ = True
    __constraint_messages__: dict[str, tuple[str | None, Any]] = {}
    """Constraint name -> (field, sentence): what the user reads when two people meet at that constraint."""
    __parent_keys__: tuple[str, ...] = ()
    """Foreign keys to the record that this one belongs to; of several one is filled.

    Of a table without a view of its own, the audit book shows the values to whoever may see that record.
    """


Base.registry.update_type_annotation_map({str: Line(), datetime: Instant()})


def partial_index(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """Index only the rows that fulfil the condition, the same on both databases."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Entity(Base):
    """A record with its stamps and its version (two editors of one record: the second is asked)."""

    __abstract__ = True
    __title__: Any = None
    """What such a record is called in the audit book where no page of its own says it."""
    __audited__ = True
    """Whether the audit book tells what happens to such a record."""
    __labels__: dict[str, Any] = {}
    """Column -> its name in the audit book where no page shows the column."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, sort_order=90)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, sort_order=92)
    version: Mapped[int] = mapped_column(default=1, sort_order=94)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Who made it; NULL: the portal itself."""
        return mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"), sort_order=91)

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Who changed it last; NULL: the portal itself."""
        return mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"), sort_order=93)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}


def mark_changed(record: Entity) -> None:
    """Give the record a new version at the next flush though only rows that hang on it change.

    Setting `changed_at` alone would not do: at the same instant it is no change.
    """
    if (
        record.changed_at is not None
    ):  # asked first: an expired value cannot be flagged, a new record has none
        flag_modified(record, "changed_at")


@event.listens_for(Entity, "attribute_instrument", propagate=True)
def _remember_old_value(_class: type[Any], _name: str, attribute: Any) -> None:
    """Load an expired value before it is overwritten: the audit tells old and new."""
    if isinstance(attribute.property, ColumnProperty):
        attribute.impl.active_history = True


@event.listens_for(Entity, "before_insert", propagate=True)
def _stamp_insert(_mapper: Mapper[Any], _connection: Any, target: Entity) -> None:
    target.created_by_id = target.changed_by_id = _actor_id(target)


@event.listens_for(Entity, "before_update", propagate=True)
def _stamp_update(_mapper: Mapper[Any], _connection: Any, target: Entity) -> None:
    session = Session.object_session(target)
    if session is not None and session.is_modified(target, include_collections=False):
        target.changed_at = clock.now()
        target.changed_by_id = _actor_id(target)


def _actor_id(target: Entity) -> int | None:
    session = Session.object_session(target)
    actor = session.info.get("actor") if session is not None else None
    return None if actor is None else actor.actor_id
