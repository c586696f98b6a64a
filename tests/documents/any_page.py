"""A tenant's page that has about everything that HTML has, with what it says put down in tags."""

from documents.request import OwnTemplate

SVG = "http://www.w3.org/2000/svg"
POINT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PNG = f"data:image/png;base64,{POINT}"
HTML = f"""<!DOCTYPE html>
<html lang="en"><head><title>All of it</title></head><body>
<div class="run">Running <a href="https://shop.example/">head</a></div>
Bare words
<main><article><section><h1 id="top">One <em>head</em></h1><h2>Two</h2><h3>Three</h3><h4>4</h4><h5>5</h5><h6>6</h6>
<p>Words that <b>are <i>in</i></b> each other, <span>here <span>and</span> there</span>,<br/>on two lines.</p>
<p lang="fr" class="tall">Bonjour, <a href="https://shop.example/fr">un lien qui est long, <b>en deux mots</b></a></p>
<p class="first">A tall first letter and a <a class="said" href="#top">link</a> with words from the sheet</p>
<blockquote>Said <p>so</p></blockquote>
<ul><li>one</li><li>two<ul><li>two and <b>a half</b></li><li><p>more</p></li></ul>and on</li></ul>
<ol class="inside"><li>inside</li><li><ol><li>deep</li></ol></li></ol>
<ul class="bare"><li>no bullet</li><li>none<ul><li>here</li></ul></li></ul>
<dl><dt>Term</dt><dd>Meaning</dd><dd><p>Another</p>one</dd></dl>
<figure><img src="{PNG}" alt="A point"/><figcaption>What it shows</figcaption></figure>
<svg xmlns="{SVG}" width="9" height="9"><title>A square</title><rect width="9" height="9"/></svg>
<img class="block" src="{PNG}" alt=""/>
<table><caption>Sums</caption>
<thead><tr><th scope="col">A</th><th scope="col" colspan="2">B</th></tr></thead>
<tbody><tr><th scope="row" rowspan="2">a</th><td>1</td><td>2 <small>small</small></td></tr>
<tr><td>3<p>three</p></td><td><table><tr><td>in it</td></tr></table></td></tr></tbody>
<tfoot><tr><td colspan="3"/></tr></tfoot></table>
<div class="row">loose <p>cells</p></div><div class="flex"><p>bent</p><p>more</p></div><div class="grid"><p>1</p></div>
<div class="columns"><p>two</p><p>columns</p></div><p class="float">afloat</p><p class="absolute">out <b>of</b> line</p>
<p>around <span class="absolute">within a line</span> it <span class="inline">a <b>block</b></span></p>
<p class="fixed">on every page</p><p class="clear">half</p><p class="turned">turned</p><p class="relative">moved</p>
<p>noted<span class="note">below the <b>line</b></span></p><address>elsewhere</address><p class="hidden">nobody sees</p>
<p class="fold">over the page</p></section></article></main></body></html>"""
CSS = """
@page { size: A5; @top-center { content: element(run) } @bottom-center { content: counter(page) } }
.run { position: running(run) }
.first::first-letter { font-size: 2em }
.said::after { content: " (that way)" }
.tall { width: 3cm }
.inside { list-style-position: inside }
.bare { list-style: none }
.block { display: block; width: 5mm }
.row { display: table-row }
.flex { display: flex }
.grid { display: grid }
.columns { columns: 2 }
.float { float: right }
.absolute { position: absolute; right: 0 }
.inline { display: inline-block }
.fixed { position: fixed; bottom: 0 }
.clear { opacity: 0.5 }
.turned { transform: rotate(9deg) }
.relative { position: relative; z-index: 2 }
.note { float: footnote }
.hidden { visibility: hidden }
.fold { break-before: page }
"""
ANY_PAGE = OwnTemplate(html=HTML, css=CSS)
