"""The page of `xrdct plot --html` in a headless browser: it shows a result that is known, and answers to its user.

Usage: page_browser.py XRDCT FOLDER [SCREENSHOT.png]
Exit code 77 with the reason where there is no browser to run.
"""

import os
import pathlib
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy as np
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError as missing:
    print(f"skipped: {missing} (Debian packages python3-selenium, python3-h5py)")
    sys.exit(77)

# The driver listens on this machine: no proxy is to be asked for it.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1"

ROWS, COLUMNS, CHANNELS = 9, 12, 40
Q = np.linspace(10.0, 29.5, CHANNELS)


def tomogram():
    """Every voxel differs: a ramp over the map, whose slope depends on the channel, and a peak in one voxel alone."""
    y, x, channel = np.meshgrid(np.arange(ROWS), np.arange(COLUMNS), np.arange(CHANNELS), indexing="ij")
    values = (1.0 + x + 10.0 * y) * (1.0 + channel % 7)
    values[4, 7, 25:28] += 5000
    return values.astype(np.float32)


def write_result(path):
    with h5py.File(path, "w") as file:
        data = file.create_group("entry/tomogram")
        data["intensity"] = tomogram()
        for name, values in {"y": np.arange(ROWS) * 0.1, "x": np.arange(COLUMNS) * 0.1, "q": Q}.items():
            data[name] = values
            data[name].attrs["units"] = "1/nm" if name == "q" else "mm"
        file["entry/title"] = "made <up> & \"quoted\" </script><b>"
        sinogram = file.create_group("entry/sinogram")
        sinogram["intensity"] = np.ones((5, COLUMNS, CHANNELS), np.float32)
        sinogram["rotation_angle"] = np.arange(5.0)
        sinogram["translation"] = np.arange(float(COLUMNS))
        file["entry/frames/sinogram_entry"] = np.arange(5 * COLUMNS)[::-1]
        file["entry/frames/status"] = np.zeros(5 * COLUMNS, np.uint8)
        file["entry/process/seconds/reduce"] = 2.5
        file["entry/process/seconds/tomogram"] = 0.5


def browser():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: no chromium and chromedriver (Debian packages chromium, chromium-driver)")
        sys.exit(77)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1000",
                 "--host-resolver-rules=MAP * 0.0.0.0"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.chrome.service.Service(driver)
    return webdriver.Chrome(service=service, options=options)


class Page:
    def __init__(self, driver, path):
        self.driver = driver
        driver.get(path.as_uri())

    def text(self, name):
        return self.driver.find_element(By.ID, name).text

    def run(self, script):
        return self.driver.execute_script("return " + script)

    def picture(self, name):
        return self.run(f"document.getElementById('{name}').toDataURL()")

    def pointer_at(self, name, x, y):
        """Moves the pointer to a place of a canvas, in its own pixels."""
        canvas = self.driver.find_element(By.ID, name)
        size = canvas.size
        return ActionChains(self.driver).move_to_element_with_offset(
            canvas, round(x - size["width"] / 2), round(y - size["height"] / 2))

    def pixel(self, row, column):
        place = self.run("mapPlace")
        return (place["left"] + (column + 0.5) * place["wide"] / COLUMNS,
                place["top"] + (row + 0.5) * place["high"] / ROWS)

    def channel(self, number):
        place, half = self.run("patternPlace"), (Q[1] - Q[0]) / 2
        return (place["left"] + (Q[number] - Q[0] + half) / (Q[-1] - Q[0] + 2 * half) * place["wide"],
                place["top"] + place["high"] / 2)


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def check_values(page):
    """All values of the page are those of the file, to a share of their range."""
    expected = tomogram()
    found = np.array(page.run("Array.from({length: groups}, (_, g) => Array.from({length: pixels}, (_, p) => value(g, p)))"))
    require(found.shape == (CHANNELS, ROWS * COLUMNS), f"shape {found.shape}")
    wanted = expected.reshape(-1, CHANNELS).T
    allowed = (wanted.max(1) - wanted.min(1)) / 65534
    require(np.all(np.abs(found - wanted).max(1) <= 0.51 * allowed), "values differ from the file's")


def check_start(page):
    require(page.text("title") == "result.h5", page.text("title"))
    require("24." in page.text("map-title") or "22." in page.text("map-title"), "the strongest peak is not shown first")
    facts = page.text("facts")
    require('made <up> & "quoted" </script><b>' in facts, facts)
    require("reduce" in page.text("seconds") and "2.5 s" in page.text("seconds"), page.text("seconds"))
    require("60, of which 0 were not used" in facts, facts)
    require(page.run("data.order.values[0]") == 59, "another order of frames")
    require(page.run("get('order').width > 100 && !get('order-panel').hidden"), "the plan of the scan is not shown")
    require("5 rotations x 12 translations" in page.text("sinogram-readout"), page.text("sinogram-readout"))


def check_slider(page):
    before = page.picture("map")
    page.run("(get('channel').value = 3, get('channel').dispatchEvent(new Event('input')))")
    require(page.text("map-title") == "Map at q = 11.5 1/nm", page.text("map-title"))
    require(page.picture("map") != before, "the slider does not move the map")
    require(np.allclose(page.run("Array.from(mapped())"), tomogram()[:, :, 3].ravel(), atol=0.01), "another map")


def check_pointer(page):
    before = page.picture("pattern")
    page.pointer_at("map", *page.pixel(4, 7)).perform()
    require("x = 0.7 mm, y = 0.4 mm: 192" in page.text("map-readout"), page.text("map-readout"))
    require(page.picture("pattern") != before, "no pattern of the voxel under the pointer")
    page.pointer_at("map", *page.pixel(4, 7)).click().perform()
    require(page.run("state.kept") == 4 * COLUMNS + 7, "a click keeps no voxel")
    page.pointer_at("pattern", *page.channel(1)).perform()
    kept = page.run("Array.from(voxel(state.kept))")
    require(np.allclose(kept, tomogram()[4, 7], rtol=2e-3, atol=0.3), "another pattern")


def check_range(page):
    page.pointer_at("pattern", *page.channel(25)).click_and_hold().perform()
    page.pointer_at("pattern", *page.channel(27)).release().perform()
    require(page.run("[state.first, state.last]") == [25, 28], page.run("[state.first, state.last]"))
    require(page.text("map-title") == "Map from q = 22.5 to 23.5 1/nm", page.text("map-title"))
    found = np.array(page.run("Array.from(mapped())")).reshape(ROWS, COLUMNS)
    require(np.unravel_index(found.argmax(), found.shape) == (4, 7), "the peak's voxel is not the brightest")


def check_sinogram_alone(page):
    """Of a result without a tomogram: the sinogram is the map."""
    require("position under the pointer" in page.driver.find_element(By.CLASS_NAME, "key").text, "positions are no voxels")
    require(page.run("get('sinogram-panel').hidden"), "the sinogram is there twice")
    place = page.run("mapPlace")
    page.pointer_at("map", place["left"] + 2.5 * place["wide"] / COLUMNS, place["top"] + 3.5 * place["high"] / 5).click().perform()
    require(page.run("state.kept") == 3 * COLUMNS + 2, page.run("state.kept"))
    require("translation = 2, rotation = 3: 1" in page.text("map-readout"), page.text("map-readout"))


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    write_result(folder / "result.h5")
    subprocess.run([program, "plot", folder / "result.h5", "--html", folder / "page.html", "--overwrite"], check=True)
    with h5py.File(folder / "result.h5", "a") as file:
        del file["entry/tomogram"]
    subprocess.run([program, "plot", folder / "result.h5", "--html", folder / "sinogram.html", "--overwrite"], check=True)
    driver = browser()
    try:
        page = Page(driver, folder / "page.html")
        check_values(page)
        check_start(page)
        check_slider(page)
        check_pointer(page)
        check_range(page)
        if len(sys.argv) > 3:
            driver.save_screenshot(sys.argv[3])
        page = Page(driver, folder / "sinogram.html")
        check_sinogram_alone(page)
        problems = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        require(not problems, problems)
    finally:
        driver.quit()
    print("the page shows what the file holds, and answers")


if __name__ == "__main__":
    main()
