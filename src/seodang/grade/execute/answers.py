"""The schema of what a submission's process answers. Whatever does not fit is not believed.

Owns: turning a frame's JSON into values of the right type and size. Nothing in here evaluates, renders or follows
what it reads; strings stay strings.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from seodang.grade.execute.frames import ForgedFrame
from seodang.i18n import N_

MAX_OUTPUTS = 600
MAX_CELL_CHARS = 12 * 1024 * 1024
Text = Annotated[str, Field(max_length=1024 * 1024)]
Short = Annotated[str, Field(max_length=300)]
Finding = Annotated[list[Short], Field(min_length=2, max_length=2)]  # what JSON makes of a pair
Pair = Annotated[list[Short], Field(min_length=2, max_length=2)]
Seconds = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]
Mime = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]{1,80}/[A-Za-z0-9!#$&^_.+;=\- ]{1,80}$")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Stream(_Answer):
    output_type: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: Text


class Transient(_Answer):
    display_id: Short


class Display(_Answer):
    output_type: Literal["display_data", "execute_result"]
    data: dict[Mime, Any] = Field(max_length=40)
    metadata: dict[Short, Any] = Field(max_length=40)
    execution_count: int | None = Field(default=None, ge=0, le=10**6)
    transient: Transient | None = None


class Error(_Answer):
    ename: Short
    evalue: Text
    traceback: list[Text] = Field(max_length=2000)


class ErrorOutput(Error):
    output_type: Literal["error"]


class Update(_Answer):
    display_id: Short
    data: dict[Mime, Any] = Field(max_length=40)
    metadata: dict[Short, Any] = Field(max_length=40)


class Start(_Answer):
    kind: Literal["start"]
    index: int


class CellDone(_Answer):
    kind: Literal["cell"]
    index: int
    outputs: list[Annotated[Stream | Display | ErrorOutput, Field(discriminator="output_type")]] = Field(
        max_length=MAX_OUTPUTS
    )
    updates: list[Update] = Field(max_length=MAX_OUTPUTS)
    error: Error | None
    seconds: Seconds
    findings: list[Finding] = Field(max_length=10_000)


class Forked(_Answer):
    kind: Literal["forked"]
    test: Short
    pid: int = Field(ge=0, le=2**22)


class End(_Answer):
    kind: Literal["end"]
    findings: list[Finding] = Field(max_length=10_000)


class Noticed(_Answer):
    kind: Literal["noticed"]
    code: Literal["memory"]
    detail: Short


class Ready(_Answer):
    kind: Literal["ready"]
    pid: int = Field(ge=1, le=2**22)


class Evidence(_Answer):
    kind: Literal["evidence"]
    nonce: Short
    code: Short
    detail: Short


class TestError(_Answer):
    __test__ = False

    ename: Short
    evalue: Text
    line: int | None


class TestDone(_Answer):
    __test__ = False

    kind: Literal["test"]
    nonce: Short
    outcome: Literal["passed", "failed", "timeout", "tampered"]
    value: float | None
    value_kind: Short
    error: TestError | None
    output: Text
    seconds: Seconds
    evidence: list[Short] = Field(max_length=200)
    notes: list[Short] = Field(max_length=200)


Answer = Start | CellDone | Forked | Noticed | End | Ready | Evidence | TestDone
_ANY: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def read_answer(value: dict[str, Any]) -> Answer:
    """Raises ForgedFrame for anything that the harness would not say."""
    try:
        return _ANY.validate_python(value)
    except (ValidationError, RecursionError) as error:
        raise ForgedFrame(N_("The submission’s process answered with something that is no answer.")) from error


def output_dict(output: Stream | Display | ErrorOutput) -> dict[str, Any]:
    """As nbformat 4 writes it."""
    if isinstance(output, Display):
        plain: dict[str, Any] = {
            "output_type": output.output_type,
            "data": output.data,
            "metadata": output.metadata,
        }
        return plain | (
            {"execution_count": output.execution_count} if output.output_type == "execute_result" else {}
        )
    if isinstance(output, Stream):
        return {"output_type": "stream", "name": output.name, "text": output.text}
    return {
        "output_type": "error",
        "ename": output.ename,
        "evalue": output.evalue,
        "traceback": list(output.traceback),
    }
