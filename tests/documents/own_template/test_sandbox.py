"""What a stranger's template cannot reach, and cannot spend."""

import time

import pytest

from documents.own_template import OwnTemplateFailed, render_mail_text
from documents.own_template.budget import TOO_MUCH, budget_of, spend
from tests.documents.own_template.pages import faults, filled

SECRETS = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ page.__class__.__mro__ }}",
    "{{ page.members }}",
    "{{ page.kind.members }}",
    "{{ page['__init__'] }}",
    "{{ page.rows.append }}",
    "{{ page.rows[0].__dict__ }}",
    "{{ page.number.format(1) }}",
    "{{ page.number.upper() }}",
    "{{ range.__globals__ }}",
    "{{ page | attr('__class__') }}",
    "{{ page.rows | map('upper') }}",
    "{{ page.rows | map(attribute='__class__') | join }}",
    "{% for row in page.rows %}{{ loop.__class__ }}{% endfor %}",
    "{% for row in page.rows %}{{ loop._iterator }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}{{ m._func }}",
    "{{ self }}",
    "{{ self.__init__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler.__init__ }}",
    "{{ joiner }}",
    "{{ namespace() }}",
    "{{ dict() }}",
    "{{ environment }}",
    "{{ context }}",
    "{{ varargs }}",
    "{% include 'invoice.html' %}",
    "{% import 'invoice.html' as ours %}",
    "{% from 'invoice.html' import both %}",
    "{% extends 'invoice.html' %}",
    "{% block a %}{% endblock %}",
    "{% autoescape false %}x{% endautoescape %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call page() %}{% endcall %}",
    "{% for row in page.rows recursive %}{% endfor %}",
    "{{ page.title | safe }}",
    "{{ page | pprint }}",
    "{{ [1, 2] | random }}",
    "{{ 'a' | _spent }}",
    "{{ 'a' is callable }}",
    "{{ page() }}",
    "{{ 'x'() }}",
    "{{ range(*page.rows) }}",
    "{{ {'a': 1} }}",
    "{{ page }}",
    "{{ page.rows }}",
    "{{ range }}",
]


@pytest.mark.parametrize("body", SECRETS)
def test_nothing_of_the_service_can_be_reached(body: str) -> None:
    assert faults(body), filled(body)
    assert "documents." not in str(faults(body))
    assert "object at" not in str(faults(body))


GREEDY = [
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}",
    "{% for i in range(10000) %}{% for j in range(10000) %}{% set a = i * j %}{% endfor %}{% endfor %}",
    "{% for i in range(10000) %}" + "x" * 5_000 + "{% endfor %}",
    "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{% set a = ['x', 'x'] | join %}" + "{% set a = [a, a] | join %}" * 40,
    "{% set a %}xxxxxxxxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}",
    "{% macro m(n) %}" + "x" * 5_000 + "{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(20) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 9999999999 * 9999999999 * 9999999999 }}",
    "{{ 'a' | center(1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a' | indent(1000000000) }}",
    "{{ 'aaaa' | replace('a', 'aaaaaaaa') }}",
    "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "{% if 1 %}" * 200 + "{% endif %}" * 200,
    "{% for i in [1] %}" * 30 + "{% endfor %}" * 30,
    "<div>" * 3_000 + "</div>" * 3_000,
    "{{ " + "9" * 10_000 + " }}",
    "x" * 300_000,
]


@pytest.mark.parametrize("body", GREEDY, ids=range(len(GREEDY)))
def test_what_would_take_too_long_or_too_much_ends_soon(body: str) -> None:
    begun = time.process_time()
    assert faults(body)
    assert time.process_time() - begun < 20  # four seconds of steps, on a machine that is busy with other things


CONDITIONS = [
    "{% set r = range(9999) %}{% set q = range(9999) %}{% for i in r %}{% if r != q %}{% endif %}{% endfor %}",
    "{% for i in range(9999) %}" + "{% if i is defined %}{% endif %}" * 900 + "{% endfor %}",
    "{% for i in range(9999) %}" + "{{ '' if i else '' }}" * 900 + "{% endfor %}",
    "{% set r = range(9999) %}{% for i in r %}" + "{% if -1 in r %}{% endif %}" * 900 + "{% endfor %}",
    "{% for i in range(9999) %}" + "{% set x = i %}" * 3_000 + "{% endfor %}",
    "{% for i in range(9999) %}{% set x = [" + "i," * 10_000 + "] %}{% endfor %}",
    "{% set r = range(9999) %}{% set s = [" + "r, " * 900 + "r] %}{% if s == s %}{% endif %}",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("source", CONDITIONS)
def test_what_only_asks_and_compares_is_paid_for_too(source: str) -> None:
    with pytest.raises(OwnTemplateFailed, match=f"{TOO_MUCH}|lists cannot be compared"):
        render_mail_text(source, {})


UNLIKE = "{% set a = [1] %}{% set b = [1] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 60
HUGE = "{% set n = '" + "f" * 60_000 + "' | int(0, 16) %}{% set m = '" + "7" * 30_000 + "' | int(0, 16) %}"
ENDS = "{% set a = '\u0101' %}{% set b = '\u4401' %}" + "{% set a = a ~ a %}{% set b = b ~ b %}" * 16
TESTS = [
    (UNLIKE + "{% if a is eq(b) %}{% endif %}", "lists cannot be compared"),
    (UNLIKE + "{% if a is in([b]) %}{% endif %}", "lists cannot be compared"),
    (UNLIKE + "{{ 'x' if a is lt(b) }}", "lists cannot be compared"),
    ("{% set r = range(9999) %}{% for i in r %}" + "{% set x = -1 is in(r) %}" * 900 + "{% endfor %}", TOO_MUCH),
    (HUGE + "{% for i in range(5000) %}{% set x = n is divisibleby(m) %}{% endfor %}", "numbers up to"),
    (ENDS + "{{ a | trim(b ~ '\u0101') }}", TOO_MUCH),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("source", "fault"), TESTS, ids=range(len(TESTS)))
def test_what_is_asked_by_a_test_or_a_filter_costs_what_the_operator_does(source: str, fault: str) -> None:
    """None of it lets go of the interpreter before it is done: the whole worker would stand still."""
    with pytest.raises(OwnTemplateFailed, match=fault):
        render_mail_text(source, {})


def test_tests_and_trim_do_what_they_are_for() -> None:
    source = (
        "{{ 'y' if 6 is divisibleby(3) and 2 is even and 'a' is eq('a') and 'b' is in(['a', 'b']) and none is none }}"
        "{{ ' a ' | trim }}{{ 'xax' | trim('x') }}{{ 7 | trim }}{{ 'n' if c is defined }}"
    )
    assert render_mail_text(source, {"c": "d"}) == "yaa7n"


NESTED = [
    "{% for a in [1] %}" * 190 + "{{ a }}" * 8_000 + "{% endfor %}" * 190,
    "{% for a in [1] %}" * 19 + "{% for a in [1] %}{% endfor %}" * 2_000 + "{% endfor %}" * 19,
    "{% if 1 %}" * 180 + "{{ a }}" * 8_000 + "{% endif %}" * 180,
    "{{ " + "1 or " * 150 + "[" + "1, " * 20_000 + "] }}",
]


@pytest.mark.parametrize("source", NESTED, ids=range(len(NESTED)))
def test_what_nests_is_not_read_again_and_again(source: str) -> None:
    """A mail is read by the worker itself: what took a minute kept other tenants' mails waiting."""
    begun = time.process_time()
    with pytest.raises(OwnTemplateFailed, match="it nests too deep"):
        render_mail_text(source, {})
    assert time.process_time() - begun < 4


@pytest.mark.parametrize("source", ["{{ " + "1 or " * 3_000 + "1 }}", "{{ 'a'" + " | upper" * 1_000 + " }}"])
def test_what_nests_too_deep_is_told_so(source: str) -> None:
    with pytest.raises(OwnTemplateFailed):
        render_mail_text(source, {})


def test_what_is_escaped_by_the_template_itself_is_cleaned_too() -> None:
    assert render_mail_text(r"{{ 'a\x00b\ud800' | e }}", {}, is_html=True) == "ab"


def test_texts_and_numbers_are_compared_and_looked_for() -> None:
    assert render_mail_text("{{ 'y' if 'a' == 'a' and 2 > 1 and 'b' in ['a', 'b'] else 'n' }}", {}) == "y"


def test_what_a_template_writes_of_a_document_is_escaped() -> None:
    assert filled("{{ '<b>' }}{{ ['<i>', page.number] | join('<br/>') }}") == "&lt;b&gt;&lt;i&gt;&lt;br/&gt;SAMPLE-1"
    assert filled("{% set a %}<b>{{ '<' }}</b>{% endset %}{{ a }}{{ a ~ '>' }}") == "<b>&lt;</b><b>&lt;</b>&gt;"


def test_what_is_needed_for_a_page_is_there() -> None:
    body = (
        "{% macro cell(text) %}<td>{{ text | upper }}</td>{% endmacro %}"
        "{% for row in page.rows if row.small %}{{ loop.index }}{{ cell(row.amount) }}{% else %}none{% endfor %}"
        "{{ page.rows | length + 1 }} {{ page.rows[-1].position }} {{ page.number[:3] }} {{ range(1, 3) | join('-') }}"
        "{% with a = 1, b = 2 %} {{ a + b }}{% endwith %} {{ 7 // 2 }}{{ 7 % 4 }} {{ page.nosuch | default('-') }}"
    )
    assert faults(body) == [(1, "there is no member 'nosuch'")]
    body = body.replace("page.nosuch", "page['nosuch']")
    assert filled(body) == "1<td>233.82</td>2<td>132.00</td>4 3 SAM 1-2 3 33 -"


def test_nothing_is_written_of_what_is_not_there() -> None:
    assert filled("[{{ logo_url }}][{{ none }}]") == "[][]"


def test_a_budget_is_for_one_filling() -> None:
    with budget_of(100):
        spend(50)
    with budget_of(100):
        spend(50)
        with pytest.raises(Exception, match=TOO_MUCH):
            spend(50)


def test_a_mail_has_a_smaller_budget_and_is_not_escaped() -> None:
    assert render_mail_text("{{ a }} {{ b[0] }}", {"a": "<x>", "b": ["y"]}) == "<x> y"
    assert render_mail_text("{{ a }}", {"a": "<x>"}, is_html=True) == "&lt;x&gt;"
    with pytest.raises(OwnTemplateFailed, match=f"de.text, line 2: {TOO_MUCH}"):
        render_mail_text("\n{% for i in range(9999) %}{{ a }}{% endfor %}", {"a": "x" * 100}, part="de.text")
    with pytest.raises(OwnTemplateFailed, match="mail, line 1: there is no 'c'"):
        render_mail_text("{{ c }}", {"a": "x"})
