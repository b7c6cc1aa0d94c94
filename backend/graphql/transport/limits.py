"""Static limits on documents: depth, aliases, root fields, and a cost that page sizes multiply."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from backend.graphql.errors import complexity_exceeded
from backend.graphql.transport.settings import FieldCost, TransportLimits

INTROSPECTION_COSTS: Final[Mapping[str, int]] = {"__schema": 5_000, "__type": 500}
"""Introspection is exempt from the depth limit (graphql-core bounds its nesting); each use of it has a flat cost."""

ONE: Final = FieldCost()

Factor = tuple[str, int]
"""A variable that multiplies a cost, and the number that counts when it has no value."""
Terms = dict[tuple[Factor, ...], int]
"""A cost as a sum: for each product of variables, its coefficient; the constant has the empty product."""


def check_shape(document: DocumentNode, limits: TransportLimits) -> None:
    """Refuse a document that is too deep or has too many aliases or root fields; runs before the validation.

    Raises:
        ApiError: COMPLEXITY_EXCEEDED, with the limit in its message.
    """
    shape = _Shape(document)
    if shape.aliases > limits.aliases_max:
        raise complexity_exceeded(f"The document has {shape.aliases} aliases; the limit is {limits.aliases_max}.")
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            depth, root_fields = shape.measure(definition.selection_set)
            if depth > limits.depth_max:
                raise complexity_exceeded(f"The operation is {depth} levels deep; the limit is {limits.depth_max}.")
            if root_fields > limits.root_fields_max:
                raise complexity_exceeded(
                    f"The operation has {root_fields} root fields; the limit is {limits.root_fields_max}."
                )


class _Shape:
    """Measures depth and width once per fragment, so that nested fragments cost no more than they are long."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = fragments_of(document)
        self._measured: dict[str, tuple[int, int]] = {}
        self.aliases = 0
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                self.aliases += sum(1 for node in _fields_below(definition.selection_set) if node.alias)

    def measure(self, selection_set: SelectionSetNode) -> tuple[int, int]:
        """Return the depth in fields and the number of fields at the first level."""
        deepest = width = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                inner = 0
                if selection.selection_set is not None and selection.name.value not in INTROSPECTION_COSTS:
                    inner = self.measure(selection.selection_set)[0]
                depth, fields = inner + 1, 1
            elif isinstance(selection, InlineFragmentNode):
                depth, fields = self.measure(selection.selection_set)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                depth, fields = self._fragment(selection.name.value)
            deepest = max(deepest, depth)
            width += fields
        return deepest, width

    def _fragment(self, name: str) -> tuple[int, int]:
        if name not in self._measured:
            self._measured[name] = (0, 0)  # an unknown or a cyclic fragment is for the validation to refuse
            if name in self._fragments:
                self._measured[name] = self.measure(self._fragments[name].selection_set)
        return self._measured[name]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of a document by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _fields_below(selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    waiting = [selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set is not None:
                waiting.append(selection.selection_set)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation costs, as a function of the variables that stand for page sizes."""

    constant: int
    terms: tuple[tuple[int, tuple[Factor, ...]], ...]
    items_max: int

    def of(self, variables: Mapping[str, object]) -> int:
        """Return the cost for these coerced variables."""
        total = self.constant
        for coefficient, factors in self.terms:
            items = (
                bounded_items(variables.get(name, fallback), fallback, self.items_max) for name, fallback in factors
            )
            total += coefficient * prod(items)
        return total


def bounded_items(value: object, fallback: int, items_max: int) -> int:
    """Return a page size as it counts: at least one item, and no more than resolvers would ever give."""
    return min(max(value if isinstance(value, int) else fallback, 1), items_max)


def check_cost(cost: int, limits: TransportLimits) -> None:
    """Refuse an operation that costs more than the limit.

    Raises:
        ApiError: COMPLEXITY_EXCEEDED, with the cost and the limit in its message.
    """
    if cost > limits.cost_max:
        raise complexity_exceeded(f"The operation costs {cost}; the limit is {limits.cost_max}.")


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, limits: TransportLimits
) -> Cost:
    """Return the cost of a validated operation: each field's own, times the items of every list that it stands in."""
    root = schema.get_root_type(operation.operation)
    terms = _Costs(schema, document, limits).of_selections(operation.selection_set, root)
    constant = terms.pop((), 0)
    return Cost(constant, tuple((count, factors) for factors, count in terms.items()), limits.page_items_counted_max)


class _Costs:
    """Adds up terms, once per fragment."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: TransportLimits) -> None:
        self._schema = schema
        self._fragments = fragments_of(document)
        self._limits = limits
        self._known: dict[str, Terms] = {}

    def of_selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Terms:
        total: Terms = {}
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                terms = self._of_field(selection, parent)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                terms = self.of_selections(selection.selection_set, inner)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                terms = self._of_fragment(selection.name.value)
            for factors, count in terms.items():
                total[factors] = total.get(factors, 0) + count
        return total

    def _of_fragment(self, name: str) -> Terms:
        if name not in self._known:
            fragment = self._fragments[name]
            inner = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self.of_selections(fragment.selection_set, inner)
        return self._known[name]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Terms:
        name = node.name.value
        if name in INTROSPECTION_COSTS:
            return {(): INTROSPECTION_COSTS[name]}
        definition = parent and is_composite_type(parent) and self._schema.get_field(parent, name)
        if not parent or not definition:
            return {(): 1}
        own = self._limits.field_costs.get(f"{parent.name}.{name}", ONE)
        if node.selection_set is None:
            return {(): own.cost}
        times, factors = self._items(node, definition)
        times *= own.items
        below = self.of_selections(node.selection_set, get_named_type(definition.type))
        terms: Terms = {}
        for inner, count in below.items():
            product = tuple(sorted((*inner, *factors)))
            terms[product] = terms.get(product, 0) + count * times
        terms[()] = terms.get((), 0) + own.cost
        return terms

    def _items(self, node: FieldNode, definition: GraphQLField) -> tuple[int, tuple[Factor, ...]]:
        """Return how many items a field returns: a number, and the variables that multiply it."""
        times, factors, items_max = 1, [], self._limits.page_items_counted_max
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in self._limits.page_arguments:
            if name not in definition.args:
                continue
            default = coerce_default_value(definition.args[name])
            fallback = default if isinstance(default, int) else 1
            value = given.get(name)
            if isinstance(value, VariableNode):
                factors.append((value.name.value, fallback))
            else:
                number = int(value.value) if isinstance(value, IntValueNode) else fallback
                times *= bounded_items(number, fallback, items_max)
        return times, tuple(factors)
