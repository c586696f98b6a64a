"""A tenant's page that has of everything that is drawn otherwise than a line of words in a plain box."""

from documents.request import OwnTemplate
from tests.documents.any_page import PNG

CSS = """
@page { size: A5; margin: 15mm; background: #fffef5; border-top: 1px solid #888 }
@page { @top-center { content: string(chapter) ' - ' counter(page); border-bottom: 1px solid #00f } }
h1 { string-set: chapter content(); bookmark-level: 1 } h2 { bookmark-level: 2; bookmark-label: 'part ' content() }
.behind { position: relative; z-index: -1; background: #cde; width: 40mm }
.before { position: absolute; z-index: 2; top: 5mm; left: 20mm; background: #fed }
.clip { position: absolute; clip: rect(0, 20mm, 4mm, 0); top: 20mm; left: 60mm; background: #0f0 }
.moved { position: relative; top: -2px } .turned { transform: rotate(2deg) } .pale { opacity: .5 }
.cut { overflow: hidden; width: 20mm; white-space: nowrap; text-overflow: ellipsis }
.aside { float: right; width: 20mm; border: 1px solid #000 } .box { display: inline-block; border-top: 2px solid #090 }
.ring { outline: 2px dotted #900 } .shade { box-shadow: 1px 1px 2px #999; border-radius: 2px }
.gone { visibility: hidden } .gone b { visibility: visible }
.columns { columns: 2; column-rule: 1px solid #c0c }
.spread { text-align: justify } .wide { letter-spacing: 2px; white-space: nowrap } .under { text-decoration: underline }
.left { direction: rtl } .first::first-line { color: #c00; background: #ffc } .letter::first-letter { color: #0a0 }
.two { max-lines: 2; block-ellipsis: ' ...'; continue: discard; width: 30mm }
p::before { content: 'No. 7 '; } .note { float: footnote } a::after { content: ' p. ' target-counter(attr(href), page) }
table { width: 100%; border-spacing: 0; empty-cells: hide } td { border-bottom: 1px solid #f00; padding: 1px }
tr.grey, col.grey { background: #eee } td.grey { background: #ddd } td.round { border-radius: 3px }
td.top { border-bottom: 0; border-top: 1px solid #f00 } td.blue { border-bottom-color: #00f }
td.side { border-right: 2px solid #f00; border-bottom: 0 } td.ends { border-left: 2px solid #00f; border-bottom: 0 }
td.double { border-bottom: 3px double #f00 } td.faint { border-bottom-color: transparent }
td.high { vertical-align: middle; height: 10mm } td.shown { empty-cells: show }
td.over { z-index: 1; position: relative }
table.one { border-collapse: collapse } table.framed { border: 1px solid #000; background: #f4f4f4 }
.shadow { box-shadow: 2px 2px #999 } .even { text-align-last: justify } .apart { word-spacing: 3px }
.opaque::first-line { opacity: .5 } .over::first-line { position: relative; z-index: 1 }
.lifted::first-line { float: left } .hides::first-line { overflow: hidden } .scaled::first-line { transform: scale(.5) }
.ringed::first-line { outline: 1px solid #900 } .there::first-line { anchor: 'there' }
.five { counter-set: five 5 } .said::before { content: counter(five) } img.block { display: block }
.led::before { display: table-cell; content: leader('.') 'x' } td.indented { text-indent: calc(1px + 2%) }
.lab { color: lab(50% 20 30) } .none { color: rgb(none 100 0) }
.roomy { width: 45mm; text-indent: 30mm } .tight { white-space: nowrap }
ul { list-style: square inside } .fixed { position: fixed; bottom: 0; right: 0 }
"""
WORDS = (
    "Item A-1001",
    "Item A-11",
    "Item V 1010",
    "11",
    "Coffee 12",
    "Coffee 21.",
    "Total\u20031,210.10",
    "Item A-1",
)
FIGURES = "34 12<br/>12<br/>1<br/>211<br/>1.1<br/>112.12<br/>1 1<br/>11 211"
NUMBERED = "Item 12<br/>Item 1<br/>Item 1 1<br/>Item 211<br/>Item 112"
CELLS = "".join(f"<tr><td>{words}</td><td><small>{words}</small> and {words}</td></tr>" for words in WORDS)
HTML = f"""<html lang="en"><head><title>Drawn</title></head><body>
<h1 id="start">One<span class="fixed">fixed 12</span></h1>
<p class="behind">behind <span class="before">before</span></p><p class="clip">clipped</p>
<p class="moved">moved <i class="box">boxed <b class="pale">pale</b></i> <img class="shade" alt="none" src="{PNG}"/></p>
<div class="turned"><a href="#start">to the start</a><p class="ring">ring <b class="ring">in a ring</b></p></div>
<p class="cut">a line that is too long for its box</p><p class="aside">aside<br/>in two lines</p>
<p class="gone">hidden <b>shown</b></p><p class="spread">some words that are spread over the whole of a line, and
some more words that go on to the next line of the same paragraph until there is a third one, 11 in all</p>
<p class="wide">12</p><p class="wide">1</p><p class="wide">211</p>
<p class="under">Under 12</p><p class="under">Under 21</p>
<p class="left">12 שלום 21</p><p class="left">Item 12</p><p class="left">Item 21</p>
<p class="first">the first line is of another colour than all the other lines that this paragraph has</p>
<p class="letter">A letter</p><p class="two">four lines of words that are cut off after the second one of them</p>
<p>A note<span class="note">at the foot 12</span> and <a href="https://shop.example/">a link</a></p>
<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>
<div class="columns"><p>left 1</p><p>right 11</p></div>
<div class="shadow">shaded</div><div class="opaque">pale</div><div class="over">over</div>
<div class="lifted">lifted</div><div class="hides">hides</div><div class="scaled">scaled</div>
<div class="ringed">ringed</div><div class="there">there</div><div id="here">here</div>
<div><a href="#here">to here</a> <a href="#there">to there</a></div>
<div class="even"><i class="aside">afloat</i>one two<br/>one<br/>one two<br/>one<br/>one two</div>
<div class="wide">{FIGURES}<br/>{NUMBERED}</div><div class="apart">{FIGURES}<br/>{NUMBERED}</div>
<div class="under tight">{FIGURES}<br/>{NUMBERED}</div><div class="left">{FIGURES}<br/>{NUMBERED}</div>
<div class="cut">a line that is too long for its box</div><div class="cut">12345678901234567890123</div>
<div class="cut roomy">a line that is long<br/>a line that is long</div>
<div class="two">repetition repetition repetition</div><div class="led"></div>
<div class="left tight">12 <br/>21 <br/>12 </div>
<div><i class="lab">of another colour space</i> and <i>not</i> and <i class="none">none</i></div>
<div class="five">set</div><div class="said">told</div><img class="block" alt="none" src="{PNG}">words</img>
<pre><td>
</td></pre><table><colgroup><col class="shade"/></colgroup></table>
<h2>Two</h2>
<table class="framed"><colgroup><col class="grey"/><col/></colgroup>{CELLS}</table>
<table><tr><td>a</td><td>b</td><td class="blue">c</td><td class="blue">d</td></tr>
<tr class="grey"><td class="top">a</td><td class="top">b</td><td>c</td><td class="grey">d</td></tr>
<tr><td class="side">a</td><td class="side">b</td><td class="ends">c</td><td class="round">d</td></tr>
<tr><td class="double">a</td><td class="faint">b</td><td></td><td class="shown"></td></tr>
<tr><td class="high">a</td><td>b<br/>c</td><td class="over">d</td><td class="pale">e</td></tr>
<tr><td colspan="2">a<p>b</p></td><td><p class="aside">c</p>d</td>
<td class="cut">e and much more than fits</td></tr>
<tr><td class="indented">a</td><td class="cut">12345678901234567890123</td></tr></table>
<table class="one"><tr><td>a</td><td>b</td></tr><tr><td>c</td><td class="double">d</td></tr></table>
</body></html>"""
DRAWN_PAGE = OwnTemplate(html=HTML, css=CSS)
