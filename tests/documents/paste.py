#!/usr/bin/python3
"""Pastes the shell blocks of one document, and compares what comes back: paste.py [--installed FILE] [--log FILE] DOCUMENT

Run by tests/in-private-host, it starts an agent as `make run` does, and leaves its log in FILE. With --installed it pastes
those blocks that are marked "# under systemd" instead, into a shell that begins with FILE, and starts nothing. ACCEPT=1 in the environment writes what came back into the
document: look at the difference, and put "..." where an answer is not the same each time.
"""

import argparse
import os
import sys
import tempfile

from agent import Agent
from answer import Answers
from blocks import blocks_of
from shell import Shell


class Tally:
    passed = failed = 0

    def claim(self, sentence, holds, why=""):
        self.passed += holds
        self.failed += not holds
        if not holds:
            print(f"FAILED: {sentence}\n{why}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        return 0 if self.failed == 0 else 1


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def accept(path, text, changed):
    """Puts what came back where the document has another answer, or none."""
    lines = text.splitlines(keepends=True)
    for block, came in reversed(changed):
        if block.answer_lines:
            first, end = block.answer_lines
            lines[first:end] = [came]
        else:
            end = block.line + block.commands.count("\n")
            lines[end:end] = ["\n```\n", came, "```\n"]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)


def paste(path, place, before="", ready=lambda: None):
    text = read(path)
    tally, answers, shell, changed = Tally(), Answers(), Shell(before), []
    for block in blocks_of(text):
        if block.place != place:
            continue
        answers.keep(block.commands)
        ready()
        came, status = shell.paste(block.commands)
        right = answers.match(block.answer, came) and status == "0"
        why = answers.difference(block.answer, came) + ("" if status == "0" else f"\nand the last status is {status}")
        tally.claim(f"{path}:{block.line}: what is pasted gives what is shown", right, why)
        if not right:
            changed.append((block, answers.in_words_of_the_document(came)))
    shell.end()
    if changed and os.environ.get("ACCEPT"):
        accept(path, text, changed)
    return tally


def beside_an_agent(path, log):
    if not any(block.place == "agent" for block in blocks_of(read(path))):
        return Tally()
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(folder, log or os.path.join(folder, "log"))
        tally = paste(path, "agent", ready=agent.wait_until_at_rest)
        agent.end()
        if tally.failed:
            print("".join(f"agent: {line}\n" for line in agent.said().splitlines()[-30:]), end="")
        return tally


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--installed")
    options.add_argument("--log")
    options.add_argument("document")
    given = options.parse_args()
    if given.installed:
        return paste(given.document, "systemd", f". {given.installed}").close()
    return beside_an_agent(given.document, given.log).close()


if __name__ == "__main__":
    sys.exit(main())
