"""Who does something: a user, or the portal itself."""

from typing import Protocol

ADMIN = "Admin"
PEKSOS = "Peksos"
SUPERVISOR = "Supervisor"
STAFF_ROLES = (ADMIN, PEKSOS, SUPERVISOR)


class Actor(Protocol):
    """What a verb may ask of `by`; `security.models.PortalUser` is one."""

    @property
    def actor_id(self) -> int | None:
        """The user's id; None for the portal itself and for nobody."""

    @property
    def full_name(self) -> str:
        """The name that events and audit rows keep."""

    @property
    def role_names(self) -> frozenset[str]:
        """Names of the roles held: Admin, Peksos, Supervisor."""

    @property
    def emergency_case_ids(self) -> frozenset[int]:
        """Hidden cases that stand open to the user now, by emergency access."""


class SystemActor:
    """The portal itself: init, demo, import, escalation. Sees everything, is nobody's colleague."""

    actor_id = None
    full_name = "Siaga"
    role_names = frozenset({ADMIN})
    emergency_case_ids: frozenset[int] = frozenset()


SYSTEM = SystemActor()


def has_role(actor: Actor, *roles: str) -> bool:
    """Whether the actor holds one of the roles."""
    return not actor.role_names.isdisjoint(roles)
