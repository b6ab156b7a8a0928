"""Puts a browser, a Japanese font and nginx on machines where that can be done, and says in one line where it cannot.

Run by `make test` before the tests. Nothing here may fail: tests that need what is missing are skipped and say so.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
PACKAGES = ("chromium", "fonts-noto-cjk", "nginx-light")
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# Debian asks this file whether a freshly installed service may start; 101 is no. A test only reads with nginx.
POLICY = Path("/usr/sbin/policy-rc.d")
APT = ("apt-get", "-q", "-y")
LONGEST_SECONDS = 600


def main() -> None:
    """Install what is missing, or say what is."""
    missing = missing_packages()
    if not missing:
        return
    if may_install() and install(missing):
        missing = missing_packages()
    if missing:
        print(f"Some tests are skipped: install {' and '.join(missing)} to run them.")


def missing_packages() -> list[str]:
    """Which of the packages the browser tests would miss here."""
    here = {
        "chromium": any(map(shutil.which, CHROMIUM)),
        "fonts-noto-cjk": has_japanese_font(),
        "nginx-light": shutil.which("nginx", path=SYSTEM_PATH) is not None,
    }
    return [name for name in PACKAGES if not here[name]]


def has_japanese_font() -> bool:
    """Whether any font with Japanese letters is installed; without one every letter is a box."""
    names = ("*CJK*", "*Gothic*", "*Mincho*", "*ipa*")
    return any(next(folder.rglob(name), None) for folder in FONT_FOLDERS if folder.is_dir() for name in names)


def may_install() -> bool:
    """Whether this is a machine of Debian's family and we are its root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> bool:
    """Install packages; says whether that worked."""
    print(f"Installing {' and '.join(packages)} for the tests …", flush=True)
    mine = False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    steps = ([*APT, "update"], [*APT, "install", "--no-install-recommends", *packages])
    with suppress(OSError), POLICY.open("x") as policy:
        policy.write("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
        mine = True
    try:
        for step in steps:
            subprocess.run(
                step, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST_SECONDS
            )
    except (subprocess.SubprocessError, OSError):
        return False
    finally:
        if mine:
            POLICY.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    main()
