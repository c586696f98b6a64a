"""Make the fonts beside this file that come from npm packages anew: `python -m documents.fonts.bundle FOLDER`.

FOLDER holds what `npm pack` gives for the packages that README.md names. The same packages and the same fontTools
(WeasyPrint brings it along) give the same bytes.
"""

import sys
import tarfile
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = Path(__file__).parent
COPIED = {
    "expo-google-fonts-ibm-plex-serif-*.tgz": {
        "400Regular/IBMPlexSerif_400Regular.ttf": "IBMPlexSerif-Regular.ttf",
        "600SemiBold/IBMPlexSerif_600SemiBold.ttf": "IBMPlexSerif-SemiBold.ttf",
    },
    "expo-google-fonts-ibm-plex-sans-arabic-*.tgz": {
        "400Regular/IBMPlexSansArabic_400Regular.ttf": "IBMPlexSansArabic-Regular.ttf",
        "600SemiBold/IBMPlexSansArabic_600SemiBold.ttf": "IBMPlexSansArabic-SemiBold.ttf",
    },
    "expo-google-fonts-ibm-plex-sans-hebrew-*.tgz": {
        "400Regular/IBMPlexSansHebrew_400Regular.ttf": "IBMPlexSansHebrew-Regular.ttf",
        "600SemiBold/IBMPlexSansHebrew_600SemiBold.ttf": "IBMPlexSansHebrew-SemiBold.ttf",
    },
    "expo-google-fonts-ibm-plex-sans-jp-*.tgz": {
        "600SemiBold/IBMPlexSansJP_600SemiBold.ttf": "IBMPlexSansJP-SemiBold.ttf",
    },
}
UNPACKED = {
    "ibm-plex-sans-jp-*.tgz": "IBMPlexSansJP-Regular",
    "ibm-plex-sans-sc-*.tgz": "IBMPlexSansSC-Regular",
}
"""Shipped as WOFF only, which Pango does not read: the same tables, each deflated."""
SEMIBOLD_OF = "ibm-plex-sans-sc-*.tgz", "IBMPlexSansSC-SemiBold"
HAN = "Invoice Han"
"""A subset is a modified version, and may not bear the reserved name "Plex" (OFL 1.1, 3)."""
GB2312_ROWS, ASCII = range(0xA1, 0xF8), range(0x20, 0x7F)
NAMES = {1: f"{HAN} SmBld", 2: "Regular", 3: f"1.000;{HAN} SemiBold", 4: f"{HAN} SemiBold", 6: "InvoiceHan-SemiBold"}
NAMES |= {16: HAN, 17: "SemiBold"}
KEPT_NAMES = frozenset({0, 5, 13, 14})
"""Copyright, version and licence."""


def main(packages: Path) -> None:
    """Write every font that is taken from the packages."""
    for archive, files in COPIED.items():
        for source, target in files.items():
            (FONTS / target).write_bytes(_packed(packages, archive, source))
    for archive, name in UNPACKED.items():
        _save(_woff(packages, archive, name), name)
    _save(_han_semibold(_woff(packages, *SEMIBOLD_OF)), "InvoiceHan-SemiBold")


def _packed(packages: Path, archive: str, file: str) -> bytes:
    (path,) = packages.glob(archive)
    with tarfile.open(path) as package:
        content = package.extractfile(f"package/{file}")
        if content is None:
            raise FileNotFoundError(file)
        return content.read()


def _woff(packages: Path, archive: str, name: str) -> TTFont:
    content = _packed(packages, archive, f"fonts/complete/woff/hinted/{name}.woff")
    return TTFont(BytesIO(content), recalcTimestamp=False)


def _save(font: TTFont, name: str) -> None:
    font.flavor = None
    font.save(FONTS / f"{name}.ttf", reorderTables=None)


def _han_semibold(font: TTFont) -> TTFont:
    """What GB 2312 has, for headings and totals in Chinese: the whole of it would be 8 MB."""
    options = Options(hinting=False, layout_features=["locl"], name_IDs=["*"], notdef_outline=True)
    options.drop_tables += ["BASE", "DSIG", "meta", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[*_gb2312(), *ASCII])
    subsetter.subset(font)
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in KEPT_NAMES]
    for identifier, name in NAMES.items():
        table.setName(name, identifier, 3, 1, 0x409)
    return font


def _gb2312() -> list[int]:
    pairs = (bytes((row, cell)).decode("gb2312", "ignore") for row in GB2312_ROWS for cell in range(0xA1, 0xFF))
    return [ord(character) for character in pairs if character]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
