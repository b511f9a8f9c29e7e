"""Frames a second and decode time on the harness film, in headless Chromium.

Start serve.py first; arguments: its address, then switches for the browser, e.g.
--disable-gpu (the canvas renderer) or --use-angle=swiftshader
--enable-unsafe-swiftshader (WebGL in software: a lower bound).
"""

import os
import sys

from playwright.sync_api import sync_playwright

GESTURES = """async (gesture) => {
  const film = document.querySelector('rg-film');
  const { viewport } = film;
  viewport.reset();
  const middle = { x: viewport.stage.width / 2, y: viewport.stage.height / 2 };
  if (gesture === 'pan') viewport.zoom(middle, 3);
  const frames = [];
  let last = performance.now();
  for (let i = 0; i < 90; i += 1) {
    if (gesture === 'pan') viewport.pan(8 * Math.sin(i / 9), 8 * Math.cos(i / 9));
    if (gesture === 'zoom') viewport.zoom(middle, i % 60 < 30 ? 1.05 : 1 / 1.05);
    if (gesture === 'window') {
      viewport.setWindow({ centre: 2048 + 600 * Math.sin(i / 12), width: 2500 + 8 * i });
    }
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  const sorted = frames.slice(10).sort((a, b) => a - b);
  const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  return { fps: 1000 / mean, p95: sorted[Math.floor(sorted.length * 0.95)] };
}"""


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8017"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"),
            args=["--no-sandbox", *sys.argv[2:]],
        )
        for query in ("many", "x"):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{base}/play?{query}")
            page.wait_for_selector('rg-film[data-depth="full"]', timeout=60000)
            print(query, "decode ms", page.get_attribute("rg-film", "data-decode-ms"))
            for gesture in ("pan", "zoom", "window"):
                result = page.evaluate(GESTURES, gesture)
                print(f"  {gesture}: {result['fps']:.0f} fps, p95 {result['p95']:.0f} ms")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
