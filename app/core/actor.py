"""The actor of a service call: a user, or the portal itself (`SYSTEM`)."""

from typing import Protocol

ADMIN = "Admin"
PEKSOS = "Peksos"
SUPERVISOR = "Supervisor"
STAFF_ROLES = (ADMIN, PEKSOS, SUPERVISOR)


class Actor(Protocol):
    """Protocol of the `by` argument of every service; `security.models.PortalUser` implements it."""

    @property
    def actor_id(self) -> int | None:
        """The user's id; None for the portal itself and for an anonymous actor."""

    @property
    def full_name(self) -> str:
        """The name stored in events and in entries of the audit book."""

    @property
    def role_names(self) -> frozenset[str]:
        """Names of the actor's roles: Admin, Peksos, Supervisor."""

    @property
    def emergency_case_ids(self) -> frozenset[int]:
        """Ids of hidden cases that the user may read now by emergency access."""


class SystemActor:
    """The portal itself, as used by init, demo, import and escalation: sees everything, has no user id."""

    actor_id = None
    full_name = "Siaga"
    role_names = frozenset({ADMIN})
    emergency_case_ids: frozenset[int] = frozenset()


SYSTEM = SystemActor()


def has_role(actor: Actor, *roles: str) -> bool:
    """Return whether the actor has at least one of the roles."""
    return not actor.role_names.isdisjoint(roles)
