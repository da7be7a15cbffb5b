"""Options that several commands have: written once, as the fields of a dataclass."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer reads it: the fields of each dataclass among its parameters are options.

    It is called with the dataclasses. A field is an option as a parameter would be: its annotation
    holds a `typer.Option`. Its name and default are the field's.
    """
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        parameter.name: parameter.annotation
        for parameter in signature.parameters.values()
        if is_dataclass(parameter.annotation)
    }

    @wraps(command)
    def grouped(**given: Any) -> None:
        for name, group in groups.items():
            options = {field.name: given.pop(field.name) for field in fields(group)}
            given[name] = group(**options)
        command(**given)

    grouped.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            option
            for parameter in signature.parameters.values()
            for option in _options_of(parameter, is_group=parameter.name in groups)
        ]
    )
    return grouped


def _options_of(parameter: inspect.Parameter, *, is_group: bool) -> Iterator[inspect.Parameter]:
    """The parameter itself, or one for each field of a group."""
    if not is_group:
        yield parameter
        return
    annotations = get_type_hints(parameter.annotation, include_extras=True)
    for field in fields(parameter.annotation):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=annotations[field.name],
        )
