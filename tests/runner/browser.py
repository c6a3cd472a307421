"""A headless Chromium, driven through its DevTools protocol over pipes."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess

EXECUTABLE = shutil.which("chromium")


class Tab:
    """One page, with what it complained of and what it asked the network for."""

    def __init__(self, send, receive):
        self._send, self._receive = send, receive
        self._session, self._last = None, 0
        self.complaints, self.requests = [], []
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(domain + ".enable")

    def command(self, method, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send.write(json.dumps(message).encode() + b"\0")
        self._send.flush()
        return self._wait(lambda answer: answer.get("id") == self._last)["result"]

    def _wait(self, is_it):
        while True:
            message = self._read()
            self._listen(message)
            if is_it(message):
                assert "error" not in message, message
                return message

    def _read(self):
        text = bytearray()
        while (byte := self._receive.read(1)) != b"\0":
            assert byte, "the browser has ended"
            text += byte
        return json.loads(text)

    def _listen(self, message):
        parameters = message.get("params", {})
        if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
            self.complaints.append(parameters)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, address, width=1400, dark=False, script=True):
        """Loads a page in a window of this width."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.command("Emulation.setScriptExecutionDisabled", value=not script)
        self.command("Page.navigate", url="about:blank")
        self._wait(lambda message: message.get("method") == "Page.loadEventFired")
        self.requests.clear()
        self.command("Page.navigate", url=address)
        self._wait(lambda message: message.get("method") == "Page.loadEventFired")

    def ask(self, expression):
        """The value of an expression on the page."""
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def settle(self):
        """Waits until the page has done what it was told to."""
        self.ask("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def high_numbers(descriptors):
    """The same files under numbers other than 3 and 4, on which the browser speaks."""
    high = []
    for descriptor in descriptors:
        high.append(fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(descriptor)
    return high


@contextlib.contextmanager
def browser_tab(folder):
    """A browser whose profile is in the folder."""
    pipes = [*os.pipe(), *os.pipe()]
    to_browser, send, receive, from_browser = high_numbers(pipes)

    def take_pipes():
        os.dup2(to_browser, 3)
        os.dup2(from_browser, 4)

    command = [
        EXECUTABLE, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={folder}/profile",
    ]  # fmt: skip
    with open(folder / "browser.log", "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=take_pipes, pass_fds=(3, 4)
        )
    os.close(to_browser)
    os.close(from_browser)
    try:
        with os.fdopen(send, "wb") as sending, os.fdopen(receive, "rb") as receiving:
            yield Tab(sending, receiving)
    finally:
        process.terminate()
        process.wait(timeout=20)
