"""Base classes of the models: `Base` with our column types, `Entity` with stamps and a version."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, event, text
from sqlalchemy.orm import ColumnProperty, Mapped, Mapper, Session, declared_attr, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from app.core import clock
from app.db.column_info import column_info
from app.db.types import Instant, Line
from app.extensions import Model


class Base(Model):
    """Base class with our column types for plain annotations; used directly by the books and link tables."""

    __abstract__ = True
    __constraint_messages__: dict[str, tuple[str | None, Any]] = {}
    """Constraint name -> (field, message), for constraints that two concurrent users can violate."""
    __parent_keys__: tuple[str, ...] = ()
    """Foreign keys to the parent record; if there are several, one of them is filled.

    For a table without a view, the audit book shows values to users who may see the parent record.
    """
    __labels__: dict[str, Any] = {}
    """Inherited column -> label in this model; `column_info` of its own columns holds theirs."""
    __hints__: dict[str, Any] = {}
    """Inherited column -> hint in this model."""


Base.registry.update_type_annotation_map({str: Line(), datetime: Instant()})


def partial_index(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """Return an index of only the rows that fulfil the SQL condition, on SQLite and PostgreSQL."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Entity(Base):
    """Base class of records: id, creation and change stamps, and a version for optimistic locking.

    If two users edit the same record, the second one is asked what to do.
    """

    __abstract__ = True
    __title__: Any = None
    """Name of such a record in the audit book if no view gives it one."""
    __audited__ = True
    """Whether changes to such a record are written to the audit book."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1, info=column_info(internal=True))
    created_at: Mapped[datetime] = mapped_column(
        default=clock.now, sort_order=90, info=column_info(internal=True)
    )
    changed_at: Mapped[datetime] = mapped_column(
        default=clock.now, sort_order=92, info=column_info(internal=True)
    )
    version: Mapped[int] = mapped_column(default=1, sort_order=94, info=column_info(internal=True))

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Id of the user who created the record; NULL: the portal itself."""
        return mapped_column(
            ForeignKey("ab_user.id", ondelete="RESTRICT"), sort_order=91, info=column_info(internal=True)
        )

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Id of the user who changed the record last; NULL: the portal itself."""
        return mapped_column(
            ForeignKey("ab_user.id", ondelete="RESTRICT"), sort_order=93, info=column_info(internal=True)
        )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}


def mark_changed(record: Entity) -> None:
    """Give the record a new version at the next flush even if only its dependent rows change.

    Setting `changed_at` is not enough: the same instant again is no change.
    """
    # Reading the attribute loads an expired value, which could not be flagged. A new record has no value yet.
    if record.changed_at is not None:
        flag_modified(record, "changed_at")


@event.listens_for(Entity, "attribute_instrument", propagate=True)
def _remember_old_value(_class: type[Any], _name: str, attribute: Any) -> None:
    """Load an expired value before it is overwritten: the audit book stores old and new."""
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
