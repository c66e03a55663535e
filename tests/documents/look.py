#!/usr/bin/python3
"""What can be said of documents without an agent: look.py DOCUMENT...

Links lead to files and headings that are there. Excerpts of the source are in the file that they name. Blocks that are pasted
nowhere are few, say why, and what they ask of `make` is a target.
"""

import os
import re
import sys

from blocks import blocks_of, fences
from paste import Tally, read

MOST_NOT_PASTED = 7  # of all documents together

LINK = re.compile(r"\]\(([^)\s]+)\)")


def without_blocks(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors_of(text):
    """As they are made of headings: small letters, blanks as hyphens, nothing else but letters and digits."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(document, link):
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
    return os.path.exists(path) and (not anchor or anchor in anchors_of(read(path)))


EXCERPT = re.compile(r"(?://|#|<!--) ((?:agent|drivers|etc|systemd|tests)/\S+)(?: -->)?")


def missing_lines(lines):
    """Those lines of an excerpt that are not in the file which its first line names, or None when it names none."""
    named = EXCERPT.fullmatch(lines[0]) if lines else None
    if not named:
        return None
    source = {line.strip() for line in read(named[1]).splitlines()} if os.path.exists(named[1]) else set()
    return [line.strip() for line in lines[1:] if line.strip() not in source | {"..."}]


def main(documents):
    tally = Tally()
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):(?!=)", read("Makefile"), flags=re.MULTILINE))
    targets = {target for several in targets for target in several.split()}
    not_pasted = []
    for document in documents:
        text = read(document)
        for link in LINK.findall(without_blocks(text)):
            tally.claim(f"{document}: {link} leads somewhere", leads_somewhere(document, link))
        too_long = [str(line) for line, words in enumerate(text.splitlines(), 1) if len(words) > 120 and words[:1] != "|"]
        tally.claim(f"{document}: lines end at 120 columns but in tables", not too_long, "lines " + ", ".join(too_long))
        lines = text.splitlines()
        for _, first, end in fences(lines):
            missing = missing_lines(lines[first:end])
            if missing is not None:
                tally.claim(f"{document}:{first + 1}: the excerpt is in the source", not missing, "\n".join(missing))
        not_pasted += [(document, block) for block in blocks_of(text) if block.place == "nowhere"]
    for document, block in not_pasted:
        print(f"not pasted: {document}:{block.line}: {block.commands.splitlines()[0].removeprefix('# not pasted: ')}")
        for target in re.findall(r"\bmake ((?:[a-z][a-z-]* ?)+)", block.commands):
            for each in target.split():
                tally.claim(f"{document}:{block.line}: make {each} is a target", each in targets)
    tally.claim(f"at most {MOST_NOT_PASTED} blocks are not pasted", len(not_pasted) <= MOST_NOT_PASTED)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
