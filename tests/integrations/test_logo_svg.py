import pytest

from integrations.logo_svg import UnsafeSvg, check_svg
from tests.integrations.pictures import svg

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "content",
    [
        svg(),
        b"<svg/>",
        '<?xml version="1.0" encoding="UTF-16"?><svg/>'.encode("utf-16"),
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>',
        svg("<linearGradient id='g'/><rect fill='url(#g)' style='stroke: url( \"#g\" )'/>"),
        svg(f"<image href='{PIXEL}'/><image xlink:href='{PIXEL}'/>"),
        svg("<g id='a'><rect/></g><use href='#a'/><use xlink:href=' #a'/>"),
        svg("<style>rect { fill: url(#g) } text { font-family: 'Acme\\20 Sans' }</style>"),
        svg("<style>@font-face { src: url(data:font/woff2;base64,AAAA) }</style>"),
        svg("<title>Only @ online</title><text>url(http://example.com) &amp; more</text>"),
    ],
)
def test_a_picture_that_keeps_to_itself_is_taken(content: bytes) -> None:
    check_svg(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (svg("<script>1</script>"), "the element script"),
        (b"<svg xmlns:s='http://www.w3.org/2000/svg'><s:SCRIPT/></svg>", "the element script"),
        (svg("<foreignObject/>"), "the element foreignobject"),
        (svg("<iframe src='x'/>"), "the element iframe"),
        (svg(attributes="onload='x()'"), "the attribute onload"),
        (svg(attributes="xml:base='http://example.com/'"), "the attribute base"),
        (svg("<image href='http://example.com/a.png'/>"), "outside itself"),
        (svg("<image href='/etc/passwd'/>"), "outside itself"),
        (svg("<image href='file:///etc/passwd'/>"), "outside itself"),
        (svg("<image xlink:href='other.svg#a'/>"), "outside itself"),
        (svg("<a href='javascript:x()'/>"), "outside itself"),
        (svg("<image href='data:image/svg+xml;base64,AAAA'/>"), "outside itself"),
        (svg("<image href='data:text/html,x'/>"), "outside itself"),
        (svg("<set attributeName='xlink:href' to='http://example.com'/>"), "animates a reference"),
        (svg("<rect fill='url(http://example.com/#a)'/>"), "style refers"),
        (svg("<rect style='fill: URL( &quot;//example.com/a&quot; )'/>"), "style refers"),
        (svg("<rect style='fill: u\\72 l(http://example.com)'/>"), "style refers"),
        (svg("<style>@import 'http://example.com/a.css'</style>"), "style refers"),
        (svg("<style>@\\69mport 'http://example.com/a.css'</style>"), "style refers"),
        (svg("<style>@im<!-- -->port 'http://example.com/a.css'</style>"), "style refers"),
        (svg("<style><![CDATA[ a { b: url(x.png) } ]]></style>"), "style refers"),
        (b"<?xml-stylesheet href='http://example.com/a.css'?><svg/>", "processing instructions"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>', "declares entities"),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "declares entities"),
        (b"<html/>", "outermost element"),
        (b"<svg xmlns='http://www.w3.org/1999/xhtml'/>", "outermost element"),
        (b"<svg>", "not well-formed"),
        (b"<svg></svg><svg></svg>", "not well-formed"),
        (b"<svg>\xff</svg>", "not well-formed"),
        (b"<?xml version='1.0' encoding='klingon'?><svg/>", "not well-formed"),
        (b"", "not well-formed"),
        (svg("<g>" * 200 + "</g>" * 200), "nested too deeply"),
        (svg("<g id='a'><rect/></g><g id='b'><use href='#a'/></g><use href='#b'/>"), "copies its parts"),
        (svg("<g id='a'/>" + "<use href='#a'/>" * 101), "copies its parts"),
    ],
)
def test_a_picture_that_does_more_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnsafeSvg, match=reason):
        check_svg(content)
