"""The agent that the documents speak of: as `make run` starts it, at http://127.0.0.1:4567, on the libvirt of a private host."""

import json
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
        if not self._until(lambda: self._get("/-/operations")["operations"] and self._is_at_rest(), 60):
            raise SystemExit("the agent does not become ready:\n" + self.said())

    def wait_until_at_rest(self):
        """As somebody does who reads on before he pastes: on a busy machine the last block may still be under way."""
        self._until(self._is_at_rest, 60)

    def _is_at_rest(self):
        health = self._get("/-/health")
        return health["status"] == "ready" and health["parts"]["operations"]["under_way"] == 0

    def _until(self, holds, seconds):
        last = time.monotonic() + seconds
        while time.monotonic() < last and self.process.poll() is None:
            try:
                if holds():
                    return True
            except OSError:
                pass
            time.sleep(0.05)
        return False

    def _get(self, path):
        with urllib.request.urlopen(URL + path, timeout=5) as answer:
            return json.load(answer)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as said:
            return said.read()

    def end(self):
        self.process.terminate()
        self.process.wait(60)
