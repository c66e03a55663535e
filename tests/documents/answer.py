"""Whether what came back is what a document shows.

In a document's answer
  ...           stands for whatever else is in that line, and alone in a line for any number of lines;
  an indent     at the begin of a line says that it goes on with the line above: long lines are broken so;
  a UUID        stands for one of the agent's: everywhere in the document for the same one, and another for each;
  a time, an address of a NIC, an entity tag    stand for others of their shape.
All else is meant to the letter.
"""

import difflib
import re

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SHAPES = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}",
    r'ETag: "[^"]+"',
)
WORDS = re.compile("|".join(f"({each})" for each in (re.escape("..."), ID, *SHAPES)))


def lines_of(text):
    return [line.rstrip() for line in text.splitlines()]


class Answers:
    """Those of one document, which remember what its ids stand for."""

    def __init__(self):
        self.real = {}  # id in the document: id of the agent

    def keep(self, commands):
        """An id that the document's own commands choose stands for itself."""
        self.real |= {each: each for each in re.findall(ID, commands)}

    def match(self, shown, came):
        """True when `came` is what is shown; then the ids that are new in it are known."""
        new = {}
        pattern = "".join(self._line(line, new) for line in lines_of(shown))
        found = re.fullmatch(pattern + r"\s*", "\n" + came.replace("\r\n", "\n"))
        if not found:
            return False
        real = self.real | {each: found[group] for each, group in new.items()}
        if len(set(real.values())) != len(real):
            return False
        self.real = real
        return True

    def _line(self, line, new):
        if line == "...":
            return r"(?:\n[^\n]*)*?"
        begin = r"\s*" if line[:1] == " " else r"[ ]*\n"
        line = line.strip()
        if line == "...":
            return begin + r"[\s\S]*?"
        pattern, end = begin, 0
        for word in WORDS.finditer(line):
            pattern += re.escape(line[end : word.start()]) + self._word(word, new)
            end = word.end()
        return pattern + re.escape(line[end:])

    def _word(self, word, new):
        text = word.group()
        if text == "...":
            return r"[^\n]*?"
        if not re.fullmatch(ID, text):
            return SHAPES[word.lastindex - 3]
        if text in self.real:
            return re.escape(self.real[text])
        if text in new:
            return f"(?P={new[text]})"
        new[text] = f"id{len(new)}"
        return f"(?P<{new[text]}>{ID})"

    def in_words_of_the_document(self, came):
        for shown, real in self.real.items():
            came = came.replace(real, shown)
        return broken(came)

    def difference(self, shown, came):
        came = self.in_words_of_the_document(came)
        return "\n".join(difflib.unified_diff(lines_of(shown), lines_of(came), "the document", "the agent", lineterm=""))


LONGEST = 118  # columns of a line in a document


def place_to_break(line):
    """Between elements of XML or members of JSON, else at a blank; 0 where there is no such place."""
    for kind in (r"><(?!/)|,\"", " "):
        places = [place.start() + 1 for place in re.finditer(kind, line[:LONGEST])]
        if places and places[-1] > 30:
            return places[-1]
    return 0


def broken(text):
    """The text with its long lines broken as a document has them."""
    lines = []
    for line in lines_of(text):
        while len(line) > LONGEST and (place := place_to_break(line)):
            lines.append(line[:place].rstrip())
            line = "    " + line[place:].strip()
        lines.append(line)
    return "".join(line + "\n" for line in lines)
