"""What a headless browser makes of a page: its console, its widths, its figures."""

import html
import json
import re
import shutil
import subprocess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *(
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ),
    *("--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--v=0"),
    *("--virtual-time-budget=8000", "--window-size=1600,1000"),
)
# The page knows no scripts, so a harness around it measures: one frame a width.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><body>%s<pre id="found"></pre><script>
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, width = page.documentElement.clientWidth;
    const over = [...page.querySelectorAll("body *")]
      .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest("svg"))
      .map(e => e.tagName + " " + e.textContent.trim().slice(0, 40));
    const boxes = [...page.querySelectorAll(".wide")]
      .filter(e => e.scrollWidth > e.clientWidth + 1)
      .map(e => e.textContent.trim().slice(0, 40));
    const sizes = [...page.querySelectorAll("figure svg")].map(e => {
      const box = e.getBoundingClientRect();
      return [box.width, box.height, e.querySelectorAll("path, use").length];
    });
    found[frame.width] = {width, scroll: page.documentElement.scrollWidth, over, boxes, sizes,
      background: frame.contentWindow.getComputedStyle(page.body).backgroundColor};
  }
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>"""


def measure(page, folder, widths):
    """Return what was measured at every width, and the lines of the console."""
    frames = "".join(
        f'<iframe width="{width}" height="900" style="border:0" '
        f'srcdoc="{html.escape(page, quote=True)}"></iframe>'
        for width in widths
    )
    file = folder / "harness.html"
    file.write_text(HARNESS % frames, "utf-8")
    profile = folder / "profile"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom"]
    done = subprocess.run(
        [*command, file.as_uri()], capture_output=True, text=True, timeout=120
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(html.unescape(found[1])), console
