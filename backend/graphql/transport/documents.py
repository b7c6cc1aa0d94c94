"""The cache of documents: each text is parsed, validated and measured once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from backend.graphql.errors import BAD_USER_INPUT, ApiError, bad_user_input
from backend.graphql.transport.limits import Cost, check_cost, check_shape, cost_of, fragments_of
from backend.graphql.transport.settings import TransportLimits

RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
VALIDATION_ERRORS_MAX: Final = 10

FormattedError = dict[str, Any]
Kind = Literal["query", "mutation", "subscription"]
Item = TypeVar("Item")


class RefusedRequest(Exception):
    """A request that was never executed, with the errors that answer it."""

    def __init__(self, errors: list[FormattedError]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors

    @classmethod
    def of(cls, error: ApiError) -> "RefusedRequest":
        """Return the refusal for one error."""
        return cls([{"message": error.message, "extensions": error.extensions}])

    @classmethod
    def by_graphql(cls, errors: list[GraphQLError]) -> "RefusedRequest":
        """Return the refusal for errors of parsing, validation or variables: all of them the client's."""
        return cls([{**error.formatted, "extensions": {"code": BAD_USER_INPUT}} for error in errors])

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(self.errors[0]["extensions"]["code"])


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a cached document, ready to be executed."""

    document: DocumentNode
    text: str
    kind: Kind
    name: str | None
    field: str
    """The first root field; unlike the operation's name, it is one of the schema's, so metrics may use it."""
    root_fields: int
    variables: tuple[str, ...]
    """The declared ones."""
    cost: Cost


class Documents:
    """Parses, validates and measures documents, and remembers the outcome, within bounds."""

    def __init__(self, schema: GraphQLSchema, limits: TransportLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._known: _Cache[dict[str | None, Operation]] = _Cache(
            limits.documents_cached_max, limits.documents_cached_bytes_max
        )
        self._refused: _Cache[RefusedRequest] = _Cache(limits.refusals_cached_max, limits.documents_cached_bytes_max)

    def operation(
        self, text: str, operation_name: str | None, on_miss: Callable[[str], None] | None = None
    ) -> Operation:
        """Return the operation that a request asks for.

        Args:
            text: The document.
            operation_name: May be None where the document has one operation.
            on_miss: Called with the text before an unknown document is parsed, which costs milliseconds; it may refuse
                by raising.

        Raises:
            RefusedRequest: The document is malformed, invalid or past a limit, or has no such operation.
        """
        operations = self._known.get(text)
        if operations is None:
            refusal = self._refused.get(text)
            if refusal is not None:
                raise RefusedRequest(refusal.errors)
            if on_miss is not None:
                on_miss(text)
            operations = self._learn(text)
        operation = operations.get(operation_name)
        if operation is None:
            raise RefusedRequest.of(bad_user_input(_why_no_operation(operation_name)))
        return operation

    def _learn(self, text: str) -> dict[str | None, Operation]:
        try:
            operations = self._prepare(text)
        except RefusedRequest as refusal:
            if len(text) <= self._limits.document_bytes_max:
                self._refused.put(text, len(text), RefusedRequest(refusal.errors))
            raise
        self._known.put(text, len(text), operations)
        return operations

    def _prepare(self, text: str) -> dict[str | None, Operation]:
        limits = self._limits
        try:
            if len(text) > limits.document_bytes_max or len(text.encode(errors="replace")) > limits.document_bytes_max:
                raise bad_user_input(f"The document is longer than {limits.document_bytes_max} bytes.")
            document = parse(text, max_tokens=limits.document_tokens_max)
            check_shape(document, limits)
            errors = validate(self._schema, document, RULES, max_errors=VALIDATION_ERRORS_MAX)
            if errors:
                raise RefusedRequest.by_graphql(errors)
            operations = {
                node.name.value if node.name else None: self._measure(text, document, node)
                for node in document.definitions
                if isinstance(node, OperationDefinitionNode)
            }
        except ApiError as error:
            raise RefusedRequest.of(error) from None
        except GraphQLError as error:
            raise RefusedRequest.by_graphql([error]) from None
        except RecursionError:
            raise RefusedRequest.of(bad_user_input("The document is nested too deeply.")) from None
        if len(operations) == 1:  # a single operation is found with and without its name
            operations[None] = next(iter(operations.values()))
        return operations

    def _measure(self, text: str, document: DocumentNode, node: OperationDefinitionNode) -> Operation:
        cost = cost_of(self._schema, document, node, self._limits)
        check_cost(cost.constant, self._limits)
        fields = _root_fields(document, node)
        return Operation(
            document=document,
            text=text,
            kind=node.operation.value,
            name=node.name.value if node.name else None,
            field=fields[0],
            root_fields=len(fields),
            variables=tuple(sorted(variable.variable.name.value for variable in node.variable_definitions or ())),
            cost=cost,
        )


def _why_no_operation(operation_name: str | None) -> str:
    if operation_name is not None:
        return f"The document has no operation named {operation_name[:100]!r}."
    return "Say by operationName which of the document's operations is meant."


def _root_fields(document: DocumentNode, node: OperationDefinitionNode) -> list[str]:
    fragments = fragments_of(document)
    fields: list[str] = []
    waiting = [node.selection_set]
    while waiting:
        for selection in waiting.pop(0).selections:
            if isinstance(selection, FieldNode):
                fields.append(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                waiting.append(fragments[selection.name.value].selection_set)
    return fields


class _Cache(Generic[Item]):
    """Least recently used goes first, when there are too many items or their texts are too long together."""

    def __init__(self, items_max: int, bytes_max: int) -> None:
        self._items: OrderedDict[str, tuple[int, Item]] = OrderedDict()
        self._items_max, self._bytes_max, self._bytes = items_max, bytes_max, 0

    def get(self, key: str) -> Item | None:
        found = self._items.get(key)
        if found is None:
            return None
        self._items.move_to_end(key)
        return found[1]

    def put(self, key: str, size: int, item: Item) -> None:
        assert key not in self._items
        self._items[key] = (size, item)
        self._bytes += size
        while len(self._items) > self._items_max or self._bytes > self._bytes_max:
            self._bytes -= self._items.popitem(last=False)[1][0]
