"""Who buys and where goods go: as the request says, else as the contact is stored. The invoice keeps a copy."""

from typing import Any, TypeVar

from api.sales_invoices.bodies import AddressBody, ContactInfoBody, PartiesBody
from database.tables import Contact
from invoicing.invoice import Address, Buyer
from invoicing.sales.addresses import SalesAddress, address_of
from invoicing.sales.sales_invoice import SalesParties

Body = TypeVar("Body", bound=PartiesBody)


def completed(body: Body, contact: Contact) -> Body:
    """The request with the stored contact's name and addresses where it is silent; the invoice answers with them."""
    stored: dict[str, Any] = contact.body
    info = body.contact or ContactInfoBody(name=contact.name, peppol_id=stored.get("peppolId"))
    return body.model_copy(
        update={
            "contact": info,
            "bill_to": body.bill_to or (None if info.address else _preferred(stored.get("billingAddress"))),
            "ship_to": body.ship_to or _preferred(stored.get("shippingAddress")),
        }
    )


def parties_of(body: PartiesBody, contact: Contact) -> SalesParties:
    """The parties of a completed request."""
    stored: dict[str, Any] = contact.body
    info = body.contact
    billing = address_of(_plain(body.bill_to))
    if billing is None and info and info.address:
        billing = Address(street=" ".join(info.address.split()))
    shipping = address_of(_plain(body.ship_to))
    buyer = Buyer(
        customer_id=contact.code,
        name=info.name if info else contact.name,
        email=stored.get("emailId"),
        address=billing or shipping or Address(),
        tax_id=stored.get("taxNumber"),
        peppol_id=(info.peppol_id if info else None) or stored.get("peppolId"),
        reference=body.buyer_reference or stored.get("buyerReference"),
    )
    return SalesParties(buyer=buyer, ship_to=shipping, ship_from=address_of(_plain(body.ship_from)))


def _preferred(addresses: object) -> AddressBody | None:
    """The preferred address of a stored contact, else its first."""
    listed = [AddressBody.model_validate(one) for one in addresses] if isinstance(addresses, list) else []
    return next(iter([*(one for one in listed if one.preferred), *listed]), None)


def _plain(address: AddressBody | None) -> SalesAddress | None:
    return SalesAddress.model_validate(address.model_dump()) if address else None
