"""Every test says in whole sentences what it shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("tests", "benchmarks/tests")
    for path in (ROOT / folder).rglob("test_*.py")
)

#: How a fragment begins that leans on the name of its test.
LEANING = re.compile(r"(And|Also|But|Nor|Or|So|Though|Unless|Whatever|Wherever|Which)\b")
#: What makes a sentence of some words. A fragment rarely has one of these; a new verb goes here.
VERBS = re.compile(
    r"""\b(?:
    accepts| adds| agree| allows| announces| appears| applies| apply| are| arrive| arrives|
    asks| backs| be| become| becomes| befall| begin| begins| belong| belongs| blames| blocks|
    breaks| brings| build| builds| calls| can| cannot| carries| carry| cause| causes| changes|
    check| checks| choose| chooses| claims| closes| collects| come| comes| compares| complete|
    completes| computes| confirms| contains| continue| continues| cost| costs| could| count|
    counts| cover| covers| cuts| decides| default| departs| describe| describes| did| differs|
    divides| do| does| downloads| draws| drops| end| ends| equal| equals| exceeds| exist|
    exists| expects| fails| fall| falls| fetch| fetches| fill| fills| find| finds| fit| fits|
    follow| follows| gain| get| gets| give| gives| go| goes| grow| grows| had| happens| has|
    have| hear| hears| hide| hides| hold| holds| import| imports| includes| inverts| is| join|
    joins| jumps| keep| keeps| kills| know| knows| lacks| last| lasts| lead| leads| leave|
    leaves| let| lets| lie| lies| list| listen| listens| lists| loads| log| logs| look| looks|
    lose| loses| make| makes| mark| marks| matter| may| means| measures| meets| mention|
    mentions| merges| met| might| mirrors| move| moves| must| name| names| need| needs| open|
    opens| pass| passes| pins| print| prints| promises| prove| proves| publishes| puts| raise|
    raises| reach| reaches| read| reads| redirects| refuse| refuses| remember| remembers|
    remove| removes| replaces| request| requests| restarts| restore| restores| resumes| return|
    returns| reveal| reveals| rise| rises| run| runs| save| say| says| see| sees| send| sends|
    serve| serves| settle| share| shares| show| shows| sort| sorts| spell| spells| stand|
    stands| start| starts| state| states| stay| stays| steps| stitches| stop| stops| strikes|
    survives| take| takes| tell| tells| touches| tries| try| turn| use| uses| varies| vouches|
    wait| waits| want| wants| warns| was| were| win| wins| work| works| write| writes| yield|
    yields
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a docstring."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`\d])", " ".join(text.split()))


def complaint(text: str | None) -> str | None:
    """Return why a docstring is not made of whole sentences, or None if it is."""
    if not text:
        return "says nothing"
    for sentence in sentences(text):
        if not re.match(r"[A-Z`\d\"']", sentence) or not sentence.endswith("."):
            return f"does not begin with a capital and end with a period: {sentence}"
        if LEANING.match(sentence) and "," not in sentence:
            return f"leans on the name of the test: {sentence}"
        if not VERBS.search(sentence):
            return f"has no verb: {sentence}"
    return None


def docstrings_in(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield name and docstring of a file and of each test in it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    yield path.name, ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[:5] == "test_":
            yield node.name, ast.get_docstring(node)


@pytest.mark.slow
def test_docstrings_are_sentences() -> None:
    """Each file of tests, and each test in it, has a docstring of whole sentences."""
    found = {
        f"{path}:{name}": complaint(text) for path in FILES for name, text in docstrings_in(path)
    }
    assert {name: text for name, text in found.items() if text} == {}


@pytest.mark.parametrize(
    "text",
    [None, "", "lower case is no beginning.", "It has no period", "Another cadence.", "As before."],
)
def test_fragments_are_found(text: str | None) -> None:
    """A missing docstring, a fragment and a sentence without its marks are found."""
    assert complaint(text)
