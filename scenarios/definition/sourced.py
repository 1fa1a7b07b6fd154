"""Values with their provenance: status, source, place and period in force.

In a scenario every rule parameter may be written bare (`applicability = 0.5`: then it is an
assumption of that file) or with its source:
`applicability = { value = 0.5, status = "assumed", source = "[VOC-A2]", range = [0.2, 0.6] }`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from permits.errors import RightsError
from permits.quantity import (
    fmt_t,
    fmt_yuan,
    parse_fen,
    parse_mass_mg,
    plain_number,
    plain_share,
)
from scenarios.definition.amounts import Amount, parse_amount

T = TypeVar("T")
Status = Literal["statute", "published", "computed", "assumed"]
STATED_HERE = "stated in the scenario"


class Strict(BaseModel):
    """A frozen part of a scenario file in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def mistake(text: str, mend: str, **values: Any) -> PydanticCustomError:
    """An error of pydantic that keeps its text and values apart, for other languages.

    Args:
        text: what is wrong, with placeholders.
        mend: how to correct it, with placeholders.
        values: for the placeholders of both.
    """
    context = {
        "said": f"{text.format(**values)}. {mend.format(**values)}",
        "text": text,
        "mend": mend,
        "values": values,
    }
    return PydanticCustomError("permits", "{said}", context)


def _reader(read: Any) -> Any:
    """Return a validator that raises pydantic's errors, so that all are reported together."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except RightsError as error:
            raise mistake(error.text, error.mend, **error.values) from error

    return validate


def _number(value: Any) -> float:
    number = plain_number(value)
    if number is None:
        raise mistake("{value!r} is not a number", "write a plain number", value=str(value))
    return float(number)


def _whole(value: Any) -> int:
    number = plain_number(value)
    if number is None or number != int(number):
        text = "{value!r} is not a whole number"
        raise mistake(text, "write a plain whole number", value=str(value))
    return int(number)


def _share(value: Any) -> float:
    share = plain_share(value)
    if share is None:
        text = "{value!r} is not a share"
        raise mistake(text, "write for example 50% or 0.5", value=str(value))
    return float(share)


def _finite(value: Any) -> Any:
    """Parameters of rules, whose numbers are at least numbers. Raises as pydantic."""
    for one in value.values() if isinstance(value, Mapping) else ():
        numbers = one if isinstance(one, list | tuple) else (one,)
        for number in numbers:
            if isinstance(number, float | Decimal):
                _number(number)
    return value


_NUMBER_OR_TEXT = WithJsonSchema({"type": ["number", "string"]})
MassMg = Annotated[int, BeforeValidator(_reader(parse_mass_mg)), _NUMBER_OR_TEXT]
"""A mass: a number in t, or text with t, kg or kt. Held in whole mg."""
Fen = Annotated[int, BeforeValidator(_reader(parse_fen)), _NUMBER_OR_TEXT]
"""Money or a price per tonne, written in yuan. Held in whole fen."""
Share = Annotated[float, BeforeValidator(_reader(_share)), Field(ge=0, le=1), _NUMBER_OR_TEXT]
"""From 0 to 1, or text with %."""
ShareBelowOne = Annotated[
    float, BeforeValidator(_reader(_share)), Field(ge=0, lt=1), _NUMBER_OR_TEXT
]
"""From 0 to below 1: of what a device lets nothing through nothing is left to remove."""
Real = Annotated[float, BeforeValidator(_reader(_number))]
"""A finite number: pydantic alone takes nan, 1e400 and a number too small to be one."""
NotNegative = Annotated[float, BeforeValidator(_reader(_number)), Field(ge=0)]
Positive = Annotated[float, BeforeValidator(_reader(_number)), Field(gt=0)]
Whole = Annotated[int, BeforeValidator(_reader(_whole)), Field(ge=0)]
"""A whole number of zero or more: pydantic alone takes `true` for 1."""
RuleParams = Annotated[dict[str, Any], BeforeValidator(_finite)]
"""Parameters of a rule by name."""
Goal = Annotated[Amount, BeforeValidator(_reader(parse_amount)), _NUMBER_OR_TEXT]
"""A mass or a per cent of a baseline."""


class Given(Strict, Generic[T]):
    """A value with its status, its source, and the place and period in which it is in force."""

    value: T = Field(description="The value itself.")
    status: Status = Field(
        default="assumed",
        description="statute: a law or rule; published: another document; computed: derived from "
        "such values; assumed.",
    )
    source: str = Field(
        default=STATED_HERE, description="Key of the bibliography in brackets, or free text."
    )
    place: str | None = Field(default=None, description="Place where the rule is in force.")
    begins: date | None = Field(default=None, alias="from", description="First day in force.")
    ends: date | None = Field(default=None, alias="to", description="Last day in force.")
    range: tuple[Real, Real] | None = Field(
        default=None, description="Lowest and highest plausible value, in the unit of the value."
    )
    note: str = Field(default="", description="Remark for readers.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if isinstance(value, Mapping | Given):
            return value
        return {"value": value}

    @model_validator(mode="after")
    def _facts_name_their_source(self) -> Given[T]:
        if self.status != "assumed" and self.source == STATED_HERE:
            raise PydanticCustomError(
                "given.source",
                "a value marked {status} must name its source",
                {"status": self.status},
            )
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # `Given[Share]` is a class that no module holds by a name, and its validators are
        # closures. A value was checked when it was made, so it travels as a plain `Given`,
        # which pydantic takes for equal.
        return _unchecked, (), self.__getstate__()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(core)
        resolved = handler.resolve_ref_schema(whole)
        bare = resolved.get("properties", {}).get("value", {})
        return {"anyOf": [whole, bare]}


def _unchecked() -> Given[Any]:
    """What a pickled value is put into."""
    return Given.__new__(Given)


def stated_text(value: Any, unit: str) -> str:
    """Format a given value for people."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if unit == "t":
        return fmt_t(value)
    if unit.startswith("yuan"):
        return fmt_yuan(value)
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list | tuple):
        return ", ".join(stated_text(v, "") for v in value)
    return str(value)
