"""YAML as the host wrote it: every value as text, and the line of every field.

Reads no tags, anchors or aliases: a competition needs none, and with them a small file can unfold into a large one.
Values stay text ("007", "yes", "1.0"), so that a class label is the one in the table; the spec's fields turn them
into numbers and times. Only `metric_options` is read by YAML's own rules for numbers, since a metric says what it
takes.
"""

from __future__ import annotations

from typing import Any

import yaml

from seodang.i18n import N_

TYPED = "metric_options"
MOST_DEPTH = 10


def load_with_lines(text: str, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The document, and the 1-based line of each field by its dotted name.

    Raises:
        FieldInvalid: not YAML, not a block of fields, a field given twice.
    """
    from seodang.score.spec import FieldInvalid

    try:
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            # Looked at while it is read: the time that YAML takes grows with the square of the depth.
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            place = f"{name}:{event.start_mark.line + 1 if event.start_mark else 1}"
            if depth > MOST_DEPTH:
                raise FieldInvalid(
                    N_("The file is nested more than %(most)s levels deep."),
                    hint=N_("Put text that begins with [ or { between quotation marks."),
                    place=place,
                    most=MOST_DEPTH,
                )
            if isinstance(event, yaml.ScalarEvent) and "\0" in event.value:
                raise FieldInvalid(N_("A text holds a zero character."), hint=N_("Leave it out."), place=place)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise FieldInvalid(
                    N_("Anchors and aliases (& and *) are not read."),
                    hint=N_("Put text that begins with & or * between quotation marks."),
                    place=place,
                )
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FieldInvalid(
            N_("The file is not valid YAML: %(reason)s"),
            hint=N_("Often a colon inside a text is the cause: put the text between quotation marks."),
            place=f"{name}:{mark.line + 1 if mark else 1}",
            reason=error.problem or error.context or "",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FieldInvalid(
            N_("The file is not valid YAML: %(reason)s"), place=name, reason=str(error).splitlines()[0][:200]
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise FieldInvalid(
            N_("The file must hold lines such as “title: …”."),
            hint=N_("Five are enough: title, data, target, metric, closes."),
            place=f"{name}:1",
        )
    lines: dict[str, int] = {}
    return _value(root, "", lines, name), lines


def _value(node: yaml.Node, path: str, lines: dict[str, int], name: str) -> Any:
    from seodang.score.spec import FieldInvalid

    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = f"{path}.{key}" if path else key
            line = key_node.start_mark.line + 1
            if key in found:
                raise FieldInvalid(
                    N_("“%(field)s” is given twice, first on line %(first)s."),
                    field=inner,
                    place=f"{name}:{line}",
                    first=lines[inner],
                )
            lines[inner] = line
            found[key] = _value(value_node, inner, lines, name)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, path, lines, name) for item in node.value]
    return _scalar(node, path)


def _scalar(node: yaml.Node, path: str) -> Any:
    if path.startswith(f"{TYPED}.") and node.tag != "tag:yaml.org,2002:str":
        try:
            return yaml.safe_load(node.value)
        except (yaml.YAMLError, ValueError):
            return node.value
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return node.value
