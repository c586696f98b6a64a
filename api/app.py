"""The application: controllers, access, errors, documentation page."""

from collections.abc import Sequence

from litestar import Controller, Litestar, Router
from litestar.datastructures import State
from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import ImproperlyConfiguredException
from litestar.plugins.pydantic import PydanticPlugin
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send
from litestar.types.internal_types import RouteHandlerMapItem, RouteHandlerType

from api.attachments.attachments import AttachmentController
from api.audit.audit import AuditController
from api.configuration.configurations import ConfigurationController
from api.credit_notes.credit_notes import CreditNoteController
from api.credit_notes.of_orders import OrderCreditNoteController
from api.docs.page import docs_assets, openapi_config
from api.documents.invoices import InvoiceController
from api.documents.previews import DocumentPreviewController
from api.documents.templates import DocumentTemplateController
from api.errors.responses import answer_error
from api.health import HealthController
from api.jobs.control import InvoiceJobControlController
from api.jobs.invoice_jobs import InvoiceJobController
from api.jobs.orders import NamedOrderController, OrderController
from api.jobs.upload import InvoiceJobUploadController
from api.mails.bounces import BounceController
from api.mails.mails import InvoiceMailController, MailController
from api.neighbours.contacts import ContactController
from api.neighbours.fulfillments import FulfillmentController, FulfillmentDeletionController
from api.neighbours.payments import PaymentController
from api.neighbours.products import ProductController
from api.neighbours.taxes import TaxController
from api.recurring.recurring import RecurringInvoiceController
from api.request_log import logged
from api.requests.json_request import JsonRequest
from api.sales_invoices.bulk import SalesInvoiceBulkController
from api.sales_invoices.documents import SalesInvoiceDocumentController
from api.sales_invoices.edits import SalesInvoiceEditController
from api.sales_invoices.linked_documents import LinkedDocumentController
from api.sales_invoices.listing import SalesInvoiceListController
from api.sales_invoices.sales_invoices import SalesInvoiceController
from api.schedules.schedules import ScheduleController
from api.security.access import provide_access, require_access
from api.security.token import TokenController
from api.sequential_ids.old_paths import OldSequentialIdController
from api.sequential_ids.sequential_ids import SequentialIdController
from api.services import ApiServices, provide_services, provide_session
from api.sites.mixins import SiteMixinController
from api.sites.sites import SiteController

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Room for 100,000 order ids of 160 characters."""

CONTROLLERS: tuple[type[Controller], ...] = (
    HealthController,
    TokenController,
    ConfigurationController,
    SequentialIdController,
    OldSequentialIdController,
    SiteController,
    SiteMixinController,
    InvoiceJobController,
    InvoiceJobUploadController,
    InvoiceJobControlController,
    ScheduleController,
    InvoiceController,
    InvoiceMailController,
    MailController,
    BounceController,
    DocumentTemplateController,
    DocumentPreviewController,
    OrderController,
    NamedOrderController,
    OrderCreditNoteController,
    CreditNoteController,
    SalesInvoiceController,
    SalesInvoiceBulkController,
    SalesInvoiceListController,
    SalesInvoiceEditController,
    SalesInvoiceDocumentController,
    RecurringInvoiceController,
    LinkedDocumentController,
    AuditController,
    AttachmentController,
    PaymentController,
    FulfillmentController,
    FulfillmentDeletionController,
    ContactController,
    TaxController,
    ProductController,
)
"""Every resource. A new controller is added here and nowhere else."""


class Api(Litestar):
    """Litestar with one log line a request, unknown routes included (its own middleware sees only known ones).

    Controllers may share a path, each with methods of its own: Litestar alone would find the OPTIONS handler that it
    makes for each of them in its way.
    """

    @property
    def route_handler_method_map(self) -> dict[str, RouteHandlerMapItem]:
        """What is registered so far, without the OPTIONS handlers that Litestar makes."""
        return _declared(super().route_handler_method_map)

    @classmethod
    def get_route_handler_map(cls, value: "RouteHandlerType | Router") -> dict[str, RouteHandlerMapItem]:
        """What `value` is about to register, likewise."""
        return _declared(super().get_route_handler_map(value))

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Answer a request, or take part in starting and stopping the server."""
        if scope["type"] == ScopeType.HTTP:
            await logged(super().__call__, scope, receive, send)  # type: ignore[arg-type]
        else:
            await super().__call__(scope, receive, send)


def create_app(services: ApiServices, controllers: Sequence[type[Controller]] = CONTROLLERS) -> Api:
    """The application over `services`, which stay the caller's to close.

    Raises:
        ImproperlyConfiguredException: a handler does not say who may call it.
    """
    app = Api(
        route_handlers=[*controllers, docs_assets()],
        dependencies={"session": provide_session, "services": provide_services, "access": provide_access},
        guards=[require_access],
        exception_handlers={Exception: answer_error},
        request_class=JsonRequest,
        request_max_body_size=MAX_BODY_BYTES,
        plugins=[PydanticPlugin(prefer_alias=True, exclude_none=True)],
        openapi_config=openapi_config(),
        logging_config=None,
        state=State({"services": services}),
    )
    _check_access_is_declared(app)
    return app


def _declared(handlers: dict[str, RouteHandlerMapItem]) -> dict[str, RouteHandlerMapItem]:
    return {
        path: {method: handler for method, handler in by_method.items() if method != HttpMethod.OPTIONS}
        for path, by_method in handlers.items()
    }


def _check_access_is_declared(app: Litestar) -> None:
    """A forgotten scope closes the house, it does not open a door."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            declared = handler.opt.keys() & {"public", "scopes"}
            if not declared and handler.http_methods != {"OPTIONS"}:
                raise ImproperlyConfiguredException(f"{route.path} {handler} does not say who may call it")
