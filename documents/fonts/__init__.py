"""Our fonts, and the fontconfig that knows no others, so that a PDF is the same on every machine."""

import os
from pathlib import Path

FONTS = Path(__file__).parent
FONTCONFIG_FILE = FONTS / "fonts.conf"


def use_own_fonts() -> None:
    """Make fontconfig read our configuration from now on, in this process and those it starts.

    Call it before WeasyPrint is imported: the library asks for fonts while it loads, and Pango may bring the process
    down where the machine's own configuration is broken.
    """
    os.environ["FONTCONFIG_FILE"] = str(FONTCONFIG_FILE)
