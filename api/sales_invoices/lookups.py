"""What a sales invoice refers to, read from the database: contact, taxes, products, site, series, configurations."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError
from api.sales_invoices.bodies import FiguresBody
from api.sales_invoices.drafting import Surroundings, named_taxes
from api.security.access import Access
from api.services import ApiServices
from database import configurations, contacts, products, sequence_schemas, sites, taxes
from database.issuing import CREDIT_NOTE_SERIES, SALES_SERIES
from database.secured_values import SecuredValues
from database.sites import SiteView
from database.tables import Contact, SequenceSchema
from invoicing.configuration.known_configurations import BASE_CURRENCY_KEY, BOOK_BEGINNING_KEY, parse_book_beginning
from invoicing.draft import TaxTreatment
from invoicing.sales.sales_invoice import untaxed
from invoicing.sales.site_choice import chosen_site
from invoicing.site import read_site


@dataclass(frozen=True)
class Known:
    """What was found of all that a request refers to."""

    contact: Contact | None
    site: SiteView | None
    taxes: dict[str, TaxTreatment]
    product_names: dict[str, str]
    base_currency: str | None
    """None: neither configured nor the currency of a site."""

    def surroundings(self, invoice_date: date, base_currency: str | None = None) -> Surroundings:
        """What the figures depend on; `base_currency` where nobody has configured one."""
        return Surroundings(
            taxes=self.taxes,
            untaxed=untaxed(_exemption_reason(self.contact)),
            product_names=self.product_names,
            base_currency=self.base_currency or base_currency,
            invoice_date=invoice_date,
        )


@dataclass(frozen=True)
class Reader:
    """Reads for one tenant."""

    session: AsyncSession
    tenant: str
    secured: SecuredValues

    async def known(self, body: FiguresBody, contact_code: str | None, site_code: str | None = None) -> Known:
        """All that the request's figures and parties follow from."""
        site = await self.site(site_code)
        codes = {item.product_code for item in body.items if item.product_code}
        return Known(
            contact=await contacts.find(self.session, self.tenant, contact_code) if contact_code else None,
            site=site,
            taxes=await taxes.treatments(self.session, self.tenant, {code for _, code in named_taxes(body)}),
            product_names=await products.names(self.session, self.tenant, codes),
            base_currency=await self.base_currency(site),
        )

    async def site(self, code: str | None) -> SiteView | None:
        """The site of that code; where none is named, the one that sells."""
        if code is not None:
            return await sites.get_site(self.session, self.tenant, code)
        views = await sites.list_sites(self.session, self.tenant)
        place = chosen_site([view.body for view in views])
        return None if place is None else views[place]

    async def base_currency(self, site: SiteView | None) -> str | None:
        """The configured one, else the site's."""
        configured = await self._configured(BASE_CURRENCY_KEY)
        if isinstance(configured, str):
            return configured
        return read_site(site.body).currency if site else None

    async def book_beginning(self) -> date | None:
        """The first day of the books here, None where nobody has said."""
        return parse_book_beginning(await self._configured(BOOK_BEGINNING_KEY))

    async def series(self, sequence_format: str | None) -> str | None:
        """The type of the series to number from; `sequence_format` is a schema's id or type. None: there is none.

        A schema that is not the active one of its type numbers nothing.
        """
        if sequence_format is None or sequence_format == SALES_SERIES:
            return SALES_SERIES
        if sequence_format == CREDIT_NOTE_SERIES:
            return None
        by_id = await self._schema(sequence_format)
        if by_id is not None:
            return by_id.schema_type if await self._serves(by_id) else None
        of_type = await sequence_schemas.list_schemas(self.session, self.tenant, sequence_format)
        return sequence_format if of_type else None

    async def _schema(self, text: str) -> SequenceSchema | None:
        try:
            schema_id = UUID(text)
        except ValueError:
            return None
        return await sequence_schemas.get_schema(self.session, self.tenant, schema_id)

    async def _serves(self, schema: SequenceSchema) -> bool:
        if schema.schema_type == CREDIT_NOTE_SERIES:
            return False
        others = await sequence_schemas.list_schemas(self.session, self.tenant, schema.schema_type)
        return schema.active or not any(other.id != schema.id for other in others)

    async def _configured(self, key: str) -> object:
        try:
            return await configurations.get_value(self.session, self.tenant, key, self.secured)
        except configurations.UnreadableEntry as error:
            raise ApiError(409, str(error)) from error


def reader_for(session: AsyncSession, access: Access, services: ApiServices) -> Reader:
    """What the caller's tenant has stored."""
    return Reader(session, access.tenant, SecuredValues(services.settings.encryption_key))


def _exemption_reason(contact: Contact | None) -> str | None:
    """Why the contact is charged no tax, None where it is."""
    if contact is None or contact.body.get("taxExempted") is not True:
        return None
    return contact.body.get("taxExemptionReason") or "Tax exempt buyer"
