"""The agent that the documents speak of: as `make run` starts it, at http://127.0.0.1:4567, on the libvirt of a private host."""

import os
import subprocess
import time
import urllib.request

URL = "http://127.0.0.1:4567"
STATE = "/var/lib/libvirt/occi-agent"
SETTINGS = """\
[agent]
state = {state}
[storage]
import_from = {images}
"""


class Agent:
    def __init__(self, folder, log):
        self.log = log
        settings = os.path.join(folder, "occi-agent.conf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(state=STATE, images=os.environ["OCCI_AGENT_GUESTS"]))
        with open(log, "wb") as said:
            self.process = subprocess.Popen([os.environ["OCCI_AGENT_BINARY"], "--config", settings], stderr=said)
        self._wait_until_ready()

    def _wait_until_ready(self):
        """Until libvirt was listed, and the network is there that computes have which name none."""
        last = time.monotonic() + 30
        while time.monotonic() < last and self.process.poll() is None:
            if self._says("/-/health", b'{"status":"ready"') and self._says("/-/operations", b'"state":"done"'):
                return
            time.sleep(0.05)
        raise SystemExit("the agent does not become ready:\n" + self.said())

    def _says(self, path, words):
        try:
            with urllib.request.urlopen(URL + path, timeout=5) as answer:
                return words in answer.read()
        except OSError:
            return False

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as said:
            return said.read()

    def end(self):
        self.process.terminate()
        self.process.wait(30)
