"""One shell into which the blocks of a document are pasted, one after the other, so that variables stay."""

import os
import select
import subprocess
import tempfile

LONGEST = 120  # seconds that a block may take

LOOP = """
while read -r block; do
    . "$block" </dev/null >"$block.out" 2>&1
    echo $? >&3
done
"""


class Shell:
    def __init__(self, before=""):
        self.folder = tempfile.TemporaryDirectory()
        answers, told = os.pipe()
        self.answers = os.fdopen(answers)
        # As somebody's own shell, this one goes on after an error.
        self.bash = subprocess.Popen(
            ["bash", "--norc", "-c", f"exec 3>&{told}\n{before}\n{LOOP}"],
            stdin=subprocess.PIPE, text=True, pass_fds=[told], start_new_session=True,
        )
        os.close(told)
        self.pasted = 0

    def paste(self, commands):
        """What the commands print, and the status of the last one."""
        if self.bash.stdin.closed:
            return "", "none: the shell has ended"
        self.pasted += 1
        block = os.path.join(self.folder.name, str(self.pasted))
        with open(block, "w", encoding="utf-8") as file:
            file.write(commands)
        self.bash.stdin.write(block + "\n")
        self.bash.stdin.flush()
        status = self._status()
        with open(block + ".out", encoding="utf-8", errors="replace") as said:
            return said.read(), status

    def _status(self):
        if not select.select([self.answers], [], [], LONGEST)[0]:
            self.end()
            return f"none after {LONGEST} s"
        return self.answers.readline().strip() or "none: the shell ended"

    def end(self):
        self.bash.stdin.close()
        try:
            self.bash.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.bash.pid, 9)
            self.bash.wait()
