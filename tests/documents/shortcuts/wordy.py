"""Documents whose cells hold words of every kind, some of which are not to be placed directly."""

from documents.request import OwnTemplate
from tests.documents.invoices import Item

LONG = "A description that takes so many words that it needs another line, "
WORDY = [
    *(Item(name=LONG * count, sku=f"NL-{'7' * count}") for count in range(1, 16)),
    Item(name="x" * 200, sku="y" * 90),
    Item(name="Donaudampfschifffahrts\u00adelektrizitäten\u00adhauptbetriebswerk\u00adbauunterbeamten" * 3),
    Item(name="One line\u2028and another, " * 4),
    Item(name="  words   wide  apart  " * 5, sku="W AVAV 11 1.11 - 7"),
    Item(name="Cable 3", sku="T. 1"),
    Item(name="Cable " + "12,5 " * 60 + "4", sku=""),
    Item(name="日本語の長い説明" * 12, sku="品番-1000"),
    Item(name="שולחן כתיבה 120", sku="AV-1 W1"),
    *(Item(name=f"Article no. {n * 7919}", sku=f"Wa{n * 31}") for n in range(60)),
]
"""Names and numbers of articles."""

STYLES = {
    "justify": "text-align: justify",
    "centre": "text-align: center",
    "pre": "white-space: pre",
    "lines": "white-space: pre-line",
    "kept": "white-space: pre-wrap",
    "indented": "text-indent: 2em",
    "turned": "direction: rtl",
    "hyphenated": "hyphens: auto",
    "spaced": "letter-spacing: 2px; word-spacing: 4px",
    "middle": "vertical-align: middle",
    "high": "height: 60px",
    "low": "max-height: 4px",
    "relative": "position: relative; top: 3px",
    "narrow": "padding: 0 45%",
    "fragile": "overflow-wrap: anywhere",
    "under": "text-decoration: underline",
    "first": "} .first::first-letter { font-size: 200%",
    "opening": "} .opening::first-line { font-size: 150%",
}
CONTENTS = (
    "{{ page.number }} and a number of further words 1 2 3",
    "{{ page.number }}<small> and 17 further words 1.7</small> and these",
    "before <b>bold</b><i style='margin: 0 3px; padding: 1px'>room</i> <sup>2</sup> after <big>big</big>",
    "two <br/>lines",
    "<div>one block</div>and<div>another, of more words than fit into a line of its cell</div>",
    "<div style='margin: 4px'>with room</div><div style='width: 20px'>narrow</div><div style='clear: both'>free</div>",
    "<div style='float: left'>afloat</div>beside what is afloat",
    "<p>a paragraph</p><p style='break-before: page'>and the next page</p>",
    "<div>words <b>in bold</b> in a block</div>",
    "wide  spaces  <b> around </b>  bold ",
    "",
)
ROWS = "".join(f"<tr>{''.join(f'<td class={kind!r}>{content}</td>' for content in CONTENTS)}</tr>" for kind in STYLES)
WORDY_PAGE = OwnTemplate(
    html=(
        "<html lang='en'><head><title>{{ page.title }}</title></head>"
        f"<body><table>{ROWS}</table><table style='border-collapse: collapse'>{ROWS}</table></body></html>"
    ),
    css=(
        "@page { size: A3 landscape } table { table-layout: fixed; width: 100%; font-size: 7pt } small { color: #555 }"
        f"td {{ border-bottom: 1px solid #999; padding: 2px }} {' '.join(f'.{k} {{ {v} }}' for k, v in STYLES.items())}"
    ),
)
"""Cells of all styles with contents of all kinds."""
SPILLING_PAGE = OwnTemplate(
    html=(
        "<html lang='en'><head><title>Low</title></head><body><p>above</p>"
        "<table><tr><td>words that are not so few as would do in a narrow cell and on a low page</td></tr></table>"
        "</body></html>"
    ),
    css="@page { size: 60mm 40mm; margin: 5mm } td { max-height: 5px }",
)
"""A low cell with words that go on beyond it and beyond its page."""
