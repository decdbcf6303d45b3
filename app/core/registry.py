"""Extension points: declared by a lower package, filled and closed by `app.registration` at start."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")


class RegistryError(RuntimeError):
    """An extension point was read before it was closed, filled afterwards, or left empty though required."""


class Registry(Generic[T]):
    """The entries of one extension point, in the order of their registration.

    Reading an open registry raises `RegistryError`: with only some of the entries, a policy could show what
    the missing ones hide. An entry that is registered twice counts once, so one process can create several
    applications. With `key`, two entries must not have the same key.
    """

    _all: ClassVar[list["Registry[Any]"]] = []

    def __init__(self, name: str, *, required: bool = False, key: Callable[[T], str] | None = None) -> None:
        """Create an open registry: `name` is for messages, `required` refuses to close it empty."""
        self.name = name
        self._required = required
        self._key = key
        self._entries: list[T] = []
        self._is_closed = False
        self._all.append(self)

    def register(self, *entries: T) -> None:
        """Add entries that are not registered yet.

        Raises `RegistryError` for a new entry after closing, and for another entry with the same key.
        """
        for entry in entries:
            if entry in self._entries:
                continue
            if self._is_closed:
                raise RegistryError(f"{self.name}: closed, nothing may be added")
            if self._key is not None and self._key(entry) in map(self._key, self._entries):
                raise RegistryError(f"{self.name}: {self._key(entry)} is registered already")
            self._entries.append(entry)

    def close(self) -> None:
        """Allow reading and forbid adding; raise `RegistryError` if the registry is required and empty."""
        if self._required and not self._entries:
            raise RegistryError(f"{self.name}: nothing is registered")
        self._is_closed = True

    @classmethod
    def close_all(cls) -> None:
        """Close every registry that was created in this process."""
        for registry in cls._all:
            registry.close()

    def __iter__(self) -> Iterator[T]:
        if not self._is_closed:
            raise RegistryError(f"{self.name}: read before app.registration has closed it")
        return iter(self._entries)

    def find(self, matches: Callable[[T], bool]) -> T | None:
        """Return the first entry for which `matches` is true, or None."""
        return next(filter(matches, self), None)

    def get(self, key: str) -> T | None:
        """Return the entry with this key, or None; only for a registry with `key`."""
        return self.find(lambda entry: self._key is not None and self._key(entry) == key)
