"""Who may use a field: declared on the field itself, as `permission_classes=[Operators]`."""

from typing import Any, ClassVar

from strawberry.permission import BasePermission

from backend.graphql.enums import Role
from backend.graphql.errors import forbidden
from backend.graphql.info import Info


class _RoleNeeded(BasePermission):
    """Refuses visitors as UNAUTHENTICATED, and users without one of the roles as FORBIDDEN."""

    roles: ClassVar[frozenset[str]]

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        """Let pass, or raise what the API answers."""
        if self.roles.isdisjoint(info.context.signed_in().roles):
            raise forbidden("This needs a role that you do not have.")
        return True


class Staff(_RoleNeeded):
    """Everybody with a role beyond trading: they may look."""

    roles = frozenset({Role.SUPPORT.value, Role.OPERATOR.value, Role.ADMIN.value})


class Operators(_RoleNeeded):
    """Those who run the exchange: they may change it."""

    roles = frozenset({Role.OPERATOR.value, Role.ADMIN.value})
