"""Bytes and time to the first readable film, in Chromium, on a running site.

    make run PORT=8055        # elsewhere
    python -m tests.bench.bench_page http://127.0.0.1:8055 [--runs 5]

A guest opens the demo; then the page of the first case is loaded with a cold cache, plain
and throttled. The film can be read when its preview is decoded and two frames have passed.
Figures depend on the machine: they are recorded in docs/benchmarks.md and not asserted.
"""

import argparse
import shutil
import statistics

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

NETWORKS = {
    "loopback": None,
    "20 Mbit/s, 20 ms": (20, 20e6 / 8),
    "4 Mbit/s, 60 ms": (60, 4e6 / 8),
}

READABLE = """
window.readableAt = null;
(function look() {
  const film = document.querySelector('.film-preview');
  if (film && film.complete && film.naturalWidth > 0) {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.readableAt = window.readableAt ?? performance.now();
    }));
    return;
  }
  setTimeout(look, 5);
})();
"""


def open_case(browser: Browser, base: str) -> tuple[str, list[dict[str, object]]]:
    """The address of a guest's first case, and the cookies to open it with."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(base)
    page.get_by_role("button", name="Play as a guest").click()
    page.wait_for_selector("rg-reading")
    address, cookies = page.url, [dict(cookie) for cookie in context.cookies()]
    context.close()
    return address, cookies


class Wire:
    """What has come over the wire, and when."""

    def __init__(self, devtools: CDPSession) -> None:
        self.sizes: dict[str, tuple[str, int]] = {}
        self._urls: dict[str, str] = {}
        devtools.on("Network.responseReceived", self._received)
        devtools.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, object]) -> None:
        response = event["response"]
        assert isinstance(response, dict)
        self._urls[str(event["requestId"])] = str(response["url"])

    def _finished(self, event: dict[str, object]) -> None:
        key = str(event["requestId"])
        self.sizes[key] = (self._urls.get(key, "?"), int(float(str(event["encodedDataLength"]))))


def measure(
    page: Page, address: str, network: tuple[int, float] | None
) -> tuple[float, int, int, int]:
    """Milliseconds to a readable film; bytes of the preview, before it, and of the page.

    The full depth is fetched by a worker, which this session does not see.
    """
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if network:
        latency, rate = network
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": latency,
                "downloadThroughput": rate,
                "uploadThroughput": rate,
            },
        )
    wire = Wire(devtools)
    page.add_init_script(READABLE)
    page.goto(address, wait_until="commit")
    # The page's policy forbids the evaluated predicate of wait_for_function.
    while (readable := page.evaluate("window.readableAt")) is None:
        page.wait_for_timeout(5)
    before = sum(size for _url, size in wire.sizes.values())
    page.wait_for_selector("rg-film[data-depth=full]", timeout=60_000)
    page.wait_for_timeout(200)
    preview = sum(size for url, size in wire.sizes.values() if url.endswith("preview.webp"))
    return float(readable), preview, before, sum(size for _url, size in wire.sizes.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        address, cookies = open_case(browser, options.base)
        for name, network in NETWORKS.items():
            rows = []
            for _ in range(options.runs):
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                context.add_cookies(cookies)  # type: ignore[arg-type]
                rows.append(measure(context.new_page(), address, network))
                context.close()
            times, previews, before, total = zip(*rows, strict=True)
            print(
                f"{name:<18} readable after {statistics.median(times):6.0f} ms "
                f"({min(times):.0f}–{max(times):.0f})   preview {previews[0] / 1000:.0f} kB   "
                f"all before it could be read {max(before) / 1000:.0f} kB   "
                f"page without the full depth {max(total) / 1000:.0f} kB"
            )
        browser.close()


if __name__ == "__main__":
    main()
