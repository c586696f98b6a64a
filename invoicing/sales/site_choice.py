"""Which site a sales invoice is of, where it names none."""

from collections.abc import Mapping, Sequence


def chosen_site(bodies: Sequence[Mapping[str, object]]) -> int | None:
    """The place of the site that sells: the default one, else the first; of active ones where there are any.

    `bodies` are the sites' JSON in order of code. None where there are none.

    >>> chosen_site([{"code": "at"}, {"code": "de", "default": True}])
    1
    """
    active = [i for i, body in enumerate(bodies) if body.get("active") is not False]
    places = active or range(len(bodies))
    default = [i for i in places if bodies[i].get("default") is True]
    return next(iter([*default, *places]), None)
