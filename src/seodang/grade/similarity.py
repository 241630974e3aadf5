"""Who wrote what another also wrote: shared passages between submissions, for a person to look at.

Winnowing (Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003,
doi:10.1145/872757.872770) over normalised tokens (`_tokens`): a shared run of `k + window - 1` tokens is sure to be
found, shorter ones are noise. An index from fingerprint to submissions finds the pairs; only those are lined up.

What does not count: passages of the released notebook (boilerplate), what much of the class wrote alike (weight
falls from 1 to 0 as more submissions share it), and evidence too thin to accuse anybody (`Settings`). It says that
two texts are alike, never why. docs/explanation/similarity.md tells what it cannot see.

Pure and deterministic: the same submissions in the same order give the same answer on every machine.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Generic, TypeVar

from seodang.grade._tokens import Token, code_tokens, own_names, text_tokens

Key = TypeVar("Key", bound=Hashable)
MOST_TOKENS = 50_000  # of one submission that are read: a hundred times what a lab asks for
_BASE, _MODULUS = 1_000_003, (1 << 61) - 1  # polynomial rolling hash over a Mersenne prime


@dataclass(frozen=True)
class Settings:
    """What counts as a finding. The defaults are explained in docs/explanation/similarity.md.

    k, window: code: runs shorter than k tokens are never seen, runs of k + window - 1 always.
    text_k, text_window: the same for words of written answers.
    min_tokens, min_words: weighted code tokens, or words, that two submissions must share in all. A pair may make
        it up of both: a tokens and b words do when a / min_tokens + b / min_words >= 1.
    min_share: part of either one's own text that must be shared.
    rare, common: up to `rare` of the class sharing a passage takes nothing of its weight; `common` and more, all.
        In small classes at least `rare_at_least` and `common_at_least` submissions.
    most_pairs: pairs that are lined up and answered, the likeliest first.
    """

    k: int = 8
    window: int = 5
    text_k: int = 5
    text_window: int = 3
    min_tokens: float = 60.0
    min_words: float = 30.0
    min_share: float = 0.25
    rare: float = 0.02
    common: float = 0.3
    rare_at_least: int = 4
    common_at_least: int = 12
    most_pairs: int = 1000


@dataclass(frozen=True)
class Cell:
    """One cell of a submission. kind: "code" or "text". question: to which question it counts; its id where ""."""

    id: str
    source: str
    kind: str = "code"
    question: str = ""


@dataclass(frozen=True)
class Span:
    """Lines of a cell, 1-based, both ends included. index: the cell among those given, as ids may be double."""

    cell: str
    index: int
    first_line: int
    last_line: int


@dataclass(frozen=True)
class Region:
    """A passage that stands in both. tokens: its length; weight: what of it is not common to the class, 0 to 1."""

    a: Span
    b: Span
    tokens: int
    weight: float
    kind: str = "code"


@dataclass(frozen=True)
class QuestionPair:
    """The same, for one question: share_a is the part of A's own text there that stands anywhere in B."""

    question: str
    share_a: float
    share_b: float
    tokens: int


@dataclass(frozen=True)
class Pair(Generic[Key]):
    """Two submissions that share more than chance explains.

    share_a: part of A's own text (weighted, without boilerplate) that stands in B, 0 to 1; share_b the other way.
    tokens: tokens and words in shared passages.
    strength: evidence in units of the least that is reported (1.0 and more).
    regions: in A's order, for the view side by side.
    """

    a: Key
    b: Key
    share_a: float
    share_b: float
    tokens: int
    strength: float
    questions: tuple[QuestionPair, ...]
    regions: tuple[Region, ...]

    @property
    def share(self) -> float:
        return max(self.share_a, self.share_b)


@dataclass(frozen=True)
class Similarities(Generic[Key]):
    """pairs: the likeliest first. cut: more than `most_pairs` shared fingerprints; the rest was not looked at."""

    pairs: tuple[Pair[Key], ...]
    n_submissions: int
    cut: bool = False

    def of(self, key: Key) -> tuple[Pair[Key], ...]:
        """Pairs in which that submission stands."""
        return tuple(pair for pair in self.pairs if key in (pair.a, pair.b))


def cells_of(notebook: Mapping[str, Any]) -> list[Cell]:
    """Code and markdown cells of an nbformat 4 notebook, whether a student's or the released one.

    Metadata only names a cell: marking an answer as locked does not hide it. What was handed out is taken away
    by `compare`, by its text.
    """
    cells = []
    for number, cell in enumerate(notebook.get("cells", ()), start=1):
        if cell.get("cell_type") not in ("code", "markdown"):
            continue
        source = cell.get("source", "")
        metadata = cell.get("metadata", {}).get("nbgrader")
        grade_id = str(metadata.get("grade_id") or "") if isinstance(metadata, dict) else ""
        text = source if isinstance(source, str) else "".join(source)
        cells.append(
            Cell(grade_id or f"#{number}", text, "code" if cell["cell_type"] == "code" else "text", grade_id)
        )
    return cells


def compare(
    submissions: Mapping[Key, Sequence[Cell]],
    boilerplate: Iterable[Cell] = (),
    *,
    settings: Settings | None = None,
) -> Similarities[Key]:
    """Pairs of submissions that share more of their own text than an exercise explains.

    Args:
        submissions: key → cells, see `cells_of`. Two cells of one submission may bear the same id.
        boilerplate: what everybody was given: the released notebook, code shown in class.
    """
    settings = settings or Settings()
    given = _Given(boilerplate, settings)
    texts = {key: _Text(cells, given, settings) for key, cells in submissions.items()}
    weights = _weights(texts.values(), len(texts), settings)
    for text in texts.values():
        text.weigh(weights)
    candidates, cut = _candidates(texts, weights, settings)
    pairs = [pair for a, b in candidates if (pair := _line_up(a, texts[a], b, texts[b], settings)) is not None]
    pairs.sort(key=lambda pair: -(pair.strength * pair.share))
    return Similarities(tuple(pairs), len(texts), cut)


# --- fingerprints ----------------------------------------------------------------------------------------------


def grams(tokens: Sequence[int], k: int) -> list[int]:
    """Hashes of every run of k tokens, by Karp and Rabin's rolling hash; empty where there are fewer than k."""
    if len(tokens) < k:
        return []
    top = pow(_BASE, k - 1, _MODULUS)
    value = 0
    for token in tokens[:k]:
        value = (value * _BASE + token) % _MODULUS
    found = [value]
    for old, new in zip(tokens, tokens[k:], strict=False):
        value = ((value - old * top) * _BASE + new) % _MODULUS
        found.append(value)
    return found


def winnow(hashes: Sequence[int | None], window: int) -> list[int]:
    """Positions of the fingerprints: in each window the least hash, of equals the rightmost; None is not chosen."""
    chosen: list[int] = []
    least = -1  # position of the least hash in the current window
    for end in range(len(hashes)):
        start = max(0, end - window + 1)
        if least < start:
            least = -1
            for position in range(start, end + 1):
                least = _lesser(hashes, least, position)
        else:
            least = _lesser(hashes, least, end)
        # A text shorter than one window still gets its fingerprint.
        if (end >= window - 1 or end == len(hashes) - 1) and least >= 0 and (not chosen or chosen[-1] != least):
            chosen.append(least)
    return chosen


def _lesser(hashes: Sequence[int | None], least: int, position: int) -> int:
    value = hashes[position]
    if value is None:
        return least
    best = hashes[least] if least >= 0 else None
    return position if best is None or value <= best else least


def _tokens(cell: Cell, own: frozenset[str]) -> list[Token]:
    source = cell.source[: 20 * MOST_TOKENS]
    return text_tokens(source) if cell.kind == "text" else code_tokens(source, own)


class _Given:
    """What everybody was handed: hashes of its runs, and its whole cells."""

    def __init__(self, cells: Iterable[Cell], settings: Settings) -> None:
        cells = list(cells)
        own = own_names(cell.source for cell in cells if cell.kind == "code")
        self.hashes: set[int] = set()
        self.cells: set[tuple[int, ...]] = set()
        for cell in cells:
            # Names that only the student's text defines fold there and not here, so both forms are known.
            for names in {own, frozenset()}:
                codes = [token.code for token in _tokens(cell, names)]
                self.cells.add(tuple(codes))
                self.hashes.update(grams(codes, settings.text_k if cell.kind == "text" else settings.k))


@dataclass
class _Part:
    """One cell's place in a submission's stream of tokens."""

    cell: Cell
    index: int
    start: int
    end: int


class _Text:
    """A submission as one stream of tokens, cells apart from each other, with its fingerprints."""

    def __init__(self, cells: Sequence[Cell], given: _Given, settings: Settings) -> None:
        own = own_names(cell.source for cell in cells if cell.kind == "code")
        self.codes: list[int] = []
        self.lines: list[int] = []
        self.parts: list[_Part] = []
        self.own: list[bool] = []  # token stands in no given passage
        self.hashes: dict[int, int] = {}  # where a run of own text starts → its hash
        self.chosen: dict[int, list[int]] = defaultdict(list)  # fingerprint → where
        self.weight: list[float] = []
        self._k = {"code": settings.k, "text": settings.text_k}
        for index, cell in enumerate(cells):
            tokens = _tokens(cell, own)[: max(0, MOST_TOKENS - len(self.codes))]
            if tokens and tuple(token.code for token in tokens) not in given.cells:
                self.parts.append(_Part(cell, index, len(self.codes), len(self.codes) + len(tokens)))
                self._add(cell, tokens, given, settings)

    def _add(self, cell: Cell, tokens: list[Token], given: _Given, settings: Settings) -> None:
        start, k = len(self.codes), self._k[cell.kind]
        codes = [token.code for token in tokens]
        self.codes += codes
        self.lines += [token.line for token in tokens]
        own = [True] * len(codes)
        hashes: list[int | None] = []
        for position, value in enumerate(grams(codes, k)):
            if value in given.hashes:
                own[position : position + k] = [False] * k
                hashes.append(None)
            else:
                hashes.append(value)
                self.hashes[start + position] = value
        self.own += own
        for position in winnow(hashes, settings.window if cell.kind == "code" else settings.text_window):
            self.chosen[hashes[position] or 0].append(start + position)
        # Between two cells stands what no other stream holds.
        self.codes.append(-1 - start)
        self.lines.append(0)
        self.own.append(False)

    def weigh(self, weights: Mapping[int, float]) -> None:
        """Each own token: the mean weight of the runs that cover it; 0 in cells too short for one run."""
        self.weight = [0.0] * len(self.codes)
        for part in self.parts:
            k = self._k[part.cell.kind]
            total, number = 0.0, 0
            for position in range(part.start, part.end):
                if position in self.hashes:
                    total, number = total + weights[self.hashes[position]], number + 1
                if position - k in self.hashes and position - k >= part.start:
                    total, number = total - weights[self.hashes[position - k]], number - 1
                if number and self.own[position]:
                    self.weight[position] = max(0.0, total / number)

    def part_at(self, position: int) -> _Part:
        low, high = 0, len(self.parts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.parts[middle].start <= position else (low, middle)
        return self.parts[low]

    def span(self, start: int, end: int) -> Span:
        part = self.part_at(start)
        return Span(part.cell.id, part.index, self.lines[start], self.lines[end - 1])


def _weights(texts: Iterable[_Text], n: int, settings: Settings) -> dict[int, float]:
    """Hash → weight, by how many submissions hold it: 1 when few do, 0 when it is how everybody writes it."""
    spread: Counter[int] = Counter()
    for text in texts:
        spread.update(set(text.hashes.values()))
    rare = max(settings.rare_at_least, settings.rare * n)
    common = max(settings.common_at_least, settings.common * n, rare + 1)
    steps = [min(1.0, max(0.0, math.log(common / max(1, df)) / math.log(common / rare))) for df in range(n + 1)]
    return {value: steps[df] for value, df in spread.items()}


# --- pairs -----------------------------------------------------------------------------------------------------


def _candidates(
    texts: Mapping[Key, _Text], weights: Mapping[int, float], settings: Settings
) -> tuple[list[tuple[Key, Key]], bool]:
    """Pairs that share enough fingerprints to be worth lining up, by an index and not by looking at all pairs."""
    keys = list(texts)
    holders: dict[int, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        for value in texts[key].chosen:
            if weights[value] > 0:
                holders[value].append(number)
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for value, numbers in holders.items():
        for two in combinations(numbers, 2):
            shared[two] += weights[value]
    # One fingerprint stands for (window + 1) / 2 tokens on average; half of that, since shared runs are broken.
    least = min(settings.min_tokens / (settings.window + 1), settings.min_words / (settings.text_window + 1)) / 2
    likely = sorted(
        (pair for pair, sum_ in shared.items() if sum_ >= least), key=lambda pair: (-shared[pair], pair)
    )
    return [(keys[a], keys[b]) for a, b in likely[: settings.most_pairs]], len(likely) > settings.most_pairs


@dataclass(order=True)
class _Run:
    """A shared run: where it starts in A and in B."""

    a: int
    b: int
    length: int = field(compare=False)


def _line_up(a: Key, text_a: _Text, b: Key, text_b: _Text, settings: Settings) -> Pair[Key] | None:
    """The pair with its regions; None where the evidence is thin."""
    runs = sorted(_tile(text_a, text_b, settings))
    regions, evidence, tokens = [], 0.0, 0
    for run in runs:
        kind = text_a.part_at(run.a).cell.kind
        weight = min(sum(text_a.weight[run.a : run.a + run.length]), sum(text_b.weight[run.b : run.b + run.length]))
        evidence += weight / (settings.min_words if kind == "text" else settings.min_tokens)
        tokens += run.length
        spans = text_a.span(run.a, run.a + run.length), text_b.span(run.b, run.b + run.length)
        regions.append(Region(*spans, run.length, round(weight / run.length, 3), kind))
    share_a = _share(text_a, ((run.a, run.length) for run in runs))
    share_b = _share(text_b, ((run.b, run.length) for run in runs))
    if evidence < 1 or max(share_a, share_b) < settings.min_share:
        return None
    questions = _by_question(text_a, text_b, runs)
    return Pair(a, b, share_a, share_b, tokens, round(evidence, 3), questions, tuple(regions))


def _tile(text_a: _Text, text_b: _Text, settings: Settings) -> list[_Run]:
    """Shared runs that do not overlap, the longest first (greedy tiling from shared fingerprints)."""
    found = sorted(_maximal(text_a, text_b), key=lambda run: (-run.length, run.a, run.b))
    taken_a, taken_b = bytearray(len(text_a.codes)), bytearray(len(text_b.codes))
    tiles = []
    for run in found:
        text = text_a.part_at(run.a).cell.kind == "text"
        least = settings.text_k + settings.text_window - 1 if text else settings.k + settings.window - 1
        for piece in _free(run, taken_a, taken_b):
            if piece.length >= least:
                taken_a[piece.a : piece.a + piece.length] = b"\1" * piece.length
                taken_b[piece.b : piece.b + piece.length] = b"\1" * piece.length
                tiles.append(piece)
    return tiles


def _maximal(text_a: _Text, text_b: _Text, most: int = 8) -> Iterator[_Run]:
    """Runs around each shared fingerprint, as long as they go; `most` places of a repetitive one are tried."""
    seen: dict[int, list[tuple[int, int]]] = defaultdict(list)  # b - a → runs already found on that diagonal
    codes_a, codes_b, own_a, own_b = text_a.codes, text_b.codes, text_a.own, text_b.own
    for value in sorted(text_a.chosen.keys() & text_b.chosen.keys()):
        for a in text_a.chosen[value][:most]:
            for b in text_b.chosen[value][:most]:
                if any(start <= a < end for start, end in seen[b - a]) or codes_a[a] != codes_b[b]:
                    continue
                start = 0
                while a + start > 0 and b + start > 0 and codes_a[a + start - 1] == codes_b[b + start - 1]:
                    if not (own_a[a + start - 1] and own_b[b + start - 1]):
                        break
                    start -= 1
                end = 0
                while a + end < len(codes_a) and b + end < len(codes_b) and codes_a[a + end] == codes_b[b + end]:
                    if not (own_a[a + end] and own_b[b + end]):
                        break
                    end += 1
                seen[b - a].append((a + start, a + end))
                yield _Run(a + start, b + start, end - start)


def _free(run: _Run, taken_a: bytearray, taken_b: bytearray) -> Iterator[_Run]:
    """The pieces of a run that no longer one has taken in either text."""
    start = None
    for offset in range(run.length + 1):
        free = offset < run.length and not taken_a[run.a + offset] and not taken_b[run.b + offset]
        if free and start is None:
            start = offset
        elif not free and start is not None:
            yield _Run(run.a + start, run.b + start, offset - start)
            start = None


def _share(text: _Text, runs: Iterable[tuple[int, int]]) -> float:
    whole = sum(text.weight)
    return min(1.0, sum(sum(text.weight[at : at + length]) for at, length in runs) / whole) if whole else 0.0


def _by_question(text_a: _Text, text_b: _Text, runs: Sequence[_Run]) -> tuple[QuestionPair, ...]:
    tokens: Counter[str] = Counter()
    shares: list[dict[str, float]] = []
    for text, places in (
        (text_a, [(run.a, run.length) for run in runs]),
        (text_b, [(run.b, run.length) for run in runs]),
    ):
        whole: dict[str, float] = defaultdict(float)
        shared: dict[str, float] = defaultdict(float)
        for part in text.parts:
            whole[_question(part)] += sum(text.weight[part.start : part.end])
        for at, length in places:
            shared[_question(text.part_at(at))] += sum(text.weight[at : at + length])
        shares.append({name: min(1.0, shared[name] / whole[name]) if whole[name] else 0.0 for name in whole})
    for run in runs:
        tokens[_question(text_a.part_at(run.a))] += run.length
    names = dict.fromkeys((*shares[0], *shares[1]))
    pairs = (QuestionPair(name, shares[0].get(name, 0.0), shares[1].get(name, 0.0), tokens[name]) for name in names)
    return tuple(pair for pair in pairs if pair.share_a or pair.share_b)


def _question(part: _Part) -> str:
    return part.cell.question or part.cell.id


# --- the view --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of a cell; regions: indices into `Pair.regions` of the passages that touch it."""

    number: int
    text: str
    regions: tuple[int, ...] = ()


@dataclass(frozen=True)
class SideCell:
    cell: Cell
    lines: tuple[Line, ...]


def side_by_side(
    pair: Pair[Key], cells_a: Sequence[Cell], cells_b: Sequence[Cell]
) -> tuple[tuple[SideCell, ...], tuple[SideCell, ...]]:
    """Both submissions cell by cell, each line with the passages that it shares with the other side."""
    return _side(cells_a, [region.a for region in pair.regions]), _side(
        cells_b, [region.b for region in pair.regions]
    )


def _side(cells: Sequence[Cell], spans: Sequence[Span]) -> tuple[SideCell, ...]:
    touching: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    for number, span in enumerate(spans):
        touching[span.index].append((number, span))
    return tuple(SideCell(cell, tuple(_lines(cell.source, touching[index]))) for index, cell in enumerate(cells))


def _lines(source: str, spans: Sequence[tuple[int, Span]]) -> Iterator[Line]:
    for number, text in enumerate(source.replace("\r\n", "\n").split("\n"), start=1):
        yield Line(number, text, tuple(i for i, span in spans if span.first_line <= number <= span.last_line))
