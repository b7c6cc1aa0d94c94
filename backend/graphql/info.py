"""The type of `info` in resolvers; on its own, so that no module needs another's types to name it."""

from typing import TYPE_CHECKING, TypeAlias

import strawberry

if TYPE_CHECKING:
    from backend.graphql.context import Context

Info: TypeAlias = strawberry.Info["Context", None]
