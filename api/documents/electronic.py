"""What is said of the electronic invoice: its forms, and each term that one of them lacks by its EN 16931 number."""

from api.deskera import Json
from api.errors.api_error import ApiError, Detail
from invoicing.document.finishing import ElectronicIncomplete, sentence_of
from invoicing.document_forms import Electronic, MissingTerm

NOT_ISSUED = "The document is not issued: it lacks what its electronic form must say."


def incomplete(error: ElectronicIncomplete) -> ApiError:
    """The refusal of a document that the tenant does not want without its electronic forms: all terms at once."""
    return ApiError(400, NOT_ISSUED, details=[missing_detail(term) for term in error.missing])


def missing_detail(term: MissingTerm) -> Detail:
    """A term that is missing, as one fault of a request."""
    return Detail(sentence_of(term), term.field, term=term.term, rule=term.rule)


def electronic_json(electronic: Electronic) -> Json:
    """Which forms there are, which were wanted and cannot be made, and why."""
    return {
        "forms": [form.value for form in electronic.forms],
        "notMade": [form.value for form in electronic.left_out],
        "missing": [missing_json(term) for term in electronic.missing],
    }


def missing_json(term: MissingTerm) -> Json:
    """A term that is missing, in a list of them."""
    return {"term": term.term, "rule": term.rule, "field": term.field, "message": term.message}
