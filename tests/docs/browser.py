"""Headless Chromium on the built site, with everything that it asked for and complained about."""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from eks_setup import packages

T = TypeVar("T")

WAIT = 20.0
"""Seconds for a page to do what a click asks of it; a busy machine needs them."""

SCHEME = "return document.body.getAttribute('data-md-color-scheme')"

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # its pages are ours, and as root Chromium refuses to start with it
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-back-forward-cache",  # a page that was left would go on remembering
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Belt and braces: a name that is asked for does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Browser:
    """A window on the site at `url`."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, page: str = "") -> None:
        """Go to a page of the site."""
        self.driver.get(self.url + page)

    def resize(self, width: int, height: int = 900) -> None:
        """A window, or a phone when it is narrow."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def arrive(self, scheme: str) -> None:
        """Open the home page for the first time, on a machine whose system is set to light or dark."""
        self.driver.get("about:blank")
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        forget = {"source": "localStorage.clear(); sessionStorage.clear()"}
        script = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", forget)
        self.open()
        self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
        expected = {"light": "default", "dark": "slate"}[scheme]
        self.until(lambda: self.ask(SCHEME) == expected, f"{scheme} page")

    def see(self, selector: str) -> WebElement:
        """The first visible element; waits for it."""
        return self.until(lambda: next(iter(self.visible(selector)), None), f"a visible {selector}")

    def visible(self, selector: str) -> list[WebElement]:
        """The elements that are visible now."""
        return [found for found in self.driver.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()]

    def link(self, text: str, within: str = "body") -> WebElement:
        """The visible link with this text; waits for it."""

        def look() -> WebElement | None:
            return next((a for a in self.visible(f"{within} a") if a.text.strip() == text), None)

        return self.until(look, f"a link {text!r} in {within}")

    def until(self, look: Callable[[], T | None], what: str) -> T:
        """What `look` finds, once it finds something. Elements that the page replaces meanwhile are found again."""
        wait = WebDriverWait(self.driver, WAIT, 0.05, [StaleElementReferenceException])
        found: T = wait.until(lambda _: look(), f"no {what}")  # type: ignore[arg-type]
        return found

    def ask(self, script: str) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script)

    def copied(self) -> str:
        """The clipboard's text."""
        return str(self.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])"))

    def requested(self) -> list[str]:
        """Addresses of servers that were asked for since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if url.startswith(("http:", "https:", "ws:", "wss:"))]

    def complaints(self) -> list[str]:
        """What was written to the console since the last time."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]


@contextmanager
def browsing(url: str, profile: Path) -> Iterator[Browser]:
    """A browser of its own, ended at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = packages.CHROMIUM.path or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With the driver's path given, Selenium looks for none, and fetches none.
    driver = webdriver.Chrome(options=options, service=Service(str(_leashed(profile.with_suffix(".driver")))))
    try:
        permissions = {"origin": url.rstrip("/"), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        driver.execute_cdp_cmd("Browser.grantPermissions", permissions)
        yield Browser(driver, url)
    finally:
        driver.quit()


def _leashed(script: Path) -> Path:
    """A program that is chromedriver, and ends with us even when we are killed, together with all that it started.

    Without a process namespace of its own, Chromium would outlive its driver.
    """
    namespace = ["unshare", "--user", "--map-root-user", "--pid", "--mount-proc", "--fork", "--kill-child", "--"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode:
        namespace = []
    command = ["setpriv", "--pdeathsig", "KILL", "--", *namespace, packages.CHROMEDRIVER.path or "chromedriver"]
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    script.chmod(0o700)
    return script
