"""The two filters: what is not ours is neither reflected nor compared. A user's own filters are asked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

IncludeName = Callable[[Any, Any, Any], bool]
IncludeObject = Callable[[Any, Any, Any, bool, Any], bool]


def both_names(users: IncludeName | None, ours: IncludeName) -> IncludeName:
    """A name passes when the user's filter and ours let it."""
    if users is None:
        return ours
    first = users

    def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        return first(name, type_, parent_names) and ours(name, type_, parent_names)

    return include_name


def both_objects(users: IncludeObject | None, ours: IncludeObject) -> IncludeObject:
    """An object passes when the user's filter and ours let it."""
    if users is None:
        return ours
    first = users

    def include_object(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        return first(object_, name, type_, reflected, compare_to) and ours(object_, name, type_, reflected, compare_to)

    return include_object
