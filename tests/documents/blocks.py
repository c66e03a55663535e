"""The blocks of a document that are meant for a shell, and the answers that stand below them."""

from dataclasses import dataclass

# The first line of a block may say where else it is pasted, or why nowhere: "# not pasted: it installs packages".
MARKS = {"# not pasted: ": "nowhere", "# under systemd": "systemd", "# on the node": "two machines",
         "# on the other machine": "two machines"}


@dataclass
class Block:
    line: int  # of its first command, from 1
    commands: str
    answer: str = ""
    place: str = "agent"  # or one of MARKS
    answer_lines: tuple = None  # (first, last + 1) in the document, from 0; None where there is no answer


def place_of(commands):
    return next((place for mark, place in MARKS.items() if commands.startswith(mark)), "agent")


def fences(lines):
    """Yields (language, first, last + 1) of what stands between fences."""
    begin = language = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin, language = number + 1, line[3:].strip()
        else:
            yield language, begin, number
            begin = None
    if begin is not None:
        raise ValueError(f"line {begin}: this block has no end")


def blocks_of(text):
    """A block of `sh` is pasted; a block of anything else directly below it is its answer."""
    lines = text.splitlines(keepends=True)
    found, end_of_last = [], None
    for language, first, end in fences(lines):
        body = "".join(lines[first:end])
        if language == "sh":
            found.append(Block(first + 1, body, place=place_of(body)))
            end_of_last = end
        elif end_of_last is not None and not "".join(lines[end_of_last + 1 : first - 1]).strip():
            found[-1].answer, found[-1].answer_lines = body, (first, end)
            end_of_last = None
        else:
            end_of_last = None
    return found
