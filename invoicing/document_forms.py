"""The structured invoice beside the printed one: which forms there are, and what keeps one from being made."""

from enum import StrEnum

from invoicing.frozen import Frozen


class DocumentForm(StrEnum):
    """What an issued document is rendered as."""

    PDF = "PDF"
    CII = "CII"
    """UN/CEFACT Cross Industry Invoice, profile EN 16931 of Factur-X; it lies inside the PDF too."""
    UBL = "UBL"
    """OASIS UBL 2.1 as Peppol BIS Billing 3.0 wants it."""
    XRECHNUNG = "XRECHNUNG"
    """OASIS UBL 2.1 as the German XRechnung 3.0 wants it."""


STRUCTURED = (DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG)


class MissingTerm(Frozen):
    """Something that a structured invoice must say and this one does not."""

    term: str
    """EN 16931's number: `BT-31`, `BG-16`."""
    rule: str
    """Who asks for it: `BR-S-02`, `PEPPOL-EN16931-R010`, `BR-DE-15`."""
    field: str
    """Where the invoice lacks it: `seller.tax_id`, `lines[2].name`."""
    message: str
    """A sentence for a person: what is missing and where it is set."""


class Electronic(Frozen):
    """What was decided about the structured invoice when the document was issued."""

    wanted: tuple[DocumentForm, ...] = ()
    """Which the settings asked for."""
    forms: tuple[DocumentForm, ...] = ()
    """Which are made with the PDF; CII among them means that the PDF carries it."""
    missing: tuple[MissingTerm, ...] = ()
    """Why a form that was wanted is not made: the first hundred reasons."""

    @property
    def left_out(self) -> tuple[DocumentForm, ...]:
        """What was wanted and is not made."""
        return tuple(form for form in self.wanted if form not in self.forms)
