"""A headless Chromium, driven over the DevTools protocol: no driver, no download. Debian's package is enough."""

import asyncio
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 60.0

KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r")}


class Page:
    """One tab. ``complaints``: what its console and the browser's log hold against it. ``dialogs``: what those said
    that it opened; they are closed at once. ``pictures``: what addresses answer that do not exist (:meth:`pretend`)."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.pictures: dict[str, bytes] = {}
        self._doing: set[asyncio.Future[Any]] = set()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif said["method"] == "Page.javascriptDialogOpening":
                self.dialogs.append(said["params"]["message"])
                self._go_on("Page.handleJavaScriptDialog", accept=False)
            elif said["method"] == "Fetch.requestPaused":
                self._answer(said["params"])
            elif said["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(said["params"]))
            elif said["method"] == "Log.entryAdded":
                entry = said["params"]["entry"]
                # A page that comes with a 403 is told as a failed download, which it is not.
                if entry["source"] != "network" and entry["level"] in ("error", "warning"):
                    self.complaints.append(f"{entry['source']}: {entry['text']}")

    def _go_on(self, method: str, **params: Any) -> None:
        """A command that is sent while messages are read, which its answer is one of."""
        doing = asyncio.ensure_future(self.do(method, **params))
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)

    def _answer(self, asked: dict[str, Any]) -> None:
        picture = self.pictures.get(asked["request"]["url"])
        if picture is None:
            self._go_on("Fetch.failRequest", requestId=asked["requestId"], errorReason="NameNotResolved")
            return
        headers = [{"name": "Content-Type", "value": "image/png"}]
        body = b64encode(picture).decode("ascii")
        self._go_on(
            "Fetch.fulfillRequest", requestId=asked["requestId"], responseCode=200, responseHeaders=headers, body=body
        )

    async def pretend(self, pictures: dict[str, bytes]) -> None:
        """PNG files are there at these https URLs, and at no others."""
        self.pictures.update(pictures)
        await self.do("Fetch.enable", patterns=[{"urlPattern": "https://*"}])

    async def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command; its result."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE_S):
            said = await answer
        assert "error" not in said, (method, said["error"])
        result: dict[str, Any] = said["result"]
        return result

    async def start(self) -> None:
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            await self.do(f"{domain}.enable")

    async def looks(self, width: int, height: int, scheme: str) -> None:
        """The size of the window in CSS pixels, and ``light`` or ``dark``."""
        mobile = width < height
        await self.do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=mobile
        )
        await self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def open(self, url: str) -> None:
        self._loaded.clear()
        await self.do("Page.navigate", url=url)
        await self.loaded()

    async def loaded(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._loaded.wait()
        self._loaded.clear()
        # Before its first frame a page drops what is typed, and nothing in it has the focus yet.
        await self.value("new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")

    async def press(self, key: str) -> None:
        name, code, text = KEYS[key]
        common = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        await self.do("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **common)

    async def write(self, text: str) -> None:
        await self.do("Input.insertText", text=text)

    async def value(self, script: str) -> Any:
        """What a JavaScript expression is, or what comes of it where it is a promise."""
        result = await self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    async def shot(self, path: Path) -> None:
        path.write_bytes(b64decode((await self.do("Page.captureScreenshot"))["data"]))

    async def close(self) -> None:
        await self._socket.close()
        await self._reading


@asynccontextmanager
async def browsing(directory: Path) -> AsyncIterator[Page]:
    """A browser with nothing remembered, which keeps what it has under ``directory``; its one tab."""
    assert CHROMIUM is not None
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--remote-debugging-port=0", f"--user-data-dir={directory}/profile", "about:blank"]
    with open(directory / "chromium.log", "wb") as log:
        process = subprocess.Popen([CHROMIUM, *options], stdout=log, stderr=log)
    try:
        port_file = directory / "profile" / "DevToolsActivePort"
        async with asyncio.timeout(PATIENCE_S):
            while not (port_file.exists() and port_file.read_text().count("\n")):
                assert process.poll() is None, (directory / "chromium.log").read_text()
                await asyncio.sleep(0.05)
        port = port_file.read_text().split("\n")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                (tab,) = [tab for tab in await response.json() if tab["type"] == "page"]
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                await page.start()
                yield page
                await page.close()
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
