"""The Emporix tutorial "How to configure your tenant for invoice creation", call by call, as a merchant follows it."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import configurations, sequences, sites
from invoicing.configuration.invoice_settings import parse_invoice_settings
from invoicing.numbering import format_number, invoice_placeholders
from invoicing.site import read_site, seller_of
from tests.api_fixtures import ApiClientFactory, TokenMaker

Sessions = async_sessionmaker[AsyncSession]


async def test_a_tenant_is_configured_and_its_next_invoice_can_be_numbered(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    async with api_client(token=await token(tenant)) as client:
        settings = {"threshold": "24", "status": "CREATED,CONFIRMED", "extendedOrderStatus": "70,75,76"}
        configured = await client.post(
            f"/configuration/{tenant}/configurations",
            json=[{"key": "invoiceSettings", "secured": False, "value": settings, "version": 1}],
        )
        assert configured.status_code == 201

        numbered = await client.post(
            "/sequential-id/sequenceSchemas",
            json={
                "name": "invoiceNoSequence",
                "schemaType": "invoiceNoSequence",
                "preText": "INV__num__",
                "maxValue": 999999999,
                "numberOfDigits": 4,
                "startValue": 1000,
                "placeholders": {"__num__": {"required": True}},
            },
        )
        assert numbered.status_code == 201

        site = await client.post(
            f"/site/{tenant}/sites",
            json={
                "code": "main",
                "name": "Germany",
                "defaultLanguage": "de",
                "languages": ["de"],
                "currency": "EUR",
                "homeBase": {"address": {"country": "DE", "zipCode": "10115"}},
                "shipToCountries": ["DE"],
            },
        )
        assert site.status_code == 201
        logo = await client.post(
            f"/site/{tenant}/sites/main/mixins",
            json={"generalShopSettings": {"logoUrl": "https://sample_logo_url.png"}},
        )
        assert logo.status_code == 201

    async with sessions.begin() as session:
        value = await configurations.get_value(session, tenant, "invoiceSettings")
        assert parse_invoice_settings(value).extended_statuses == ("70", "75", "76")
        number = await sequences.draw(session, tenant, "invoiceNoSequence")
        given = invoice_placeholders(date(2026, 2, 10), vendor_name=None)
        assert format_number(number.format, number.counter, given) == "INV261001"
        view = await sites.get_site(session, tenant, "main")
        assert view is not None
        assert seller_of(read_site(view.body)).logo_url == "https://sample_logo_url.png"
