"""The documentation page at /docs, made of files of our own package: it works where there is no internet."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Router
from litestar.connection.base import AuthT, StateT, UserT
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme
from litestar.static_files import create_static_files_router

from api.docs.errors import describe_bytes, describe_errors
from api.security.access import SCOPES

ASSETS = Path(__file__).with_name("assets")
"""Swagger UI 5.35.0 as its authors publish it, under Apache-2.0 (its LICENSE and NOTICE are there), and our script."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere and nothing runs but our files; the icons of the style sheet are `data:`."""

PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invoice Service API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>
</body>
</html>
"""


class OfflineSwagger(OpenAPIRenderPlugin):
    """The page; the browser fetches the schema."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(
        self,
        request: Request[UserT, AuthT, StateT],  # noqa: ARG002 -- Litestar's signature
        openapi_schema: dict[str, Any],  # noqa: ARG002
    ) -> bytes:
        """The same page for everybody."""
        return PAGE


class SchemaWithErrors(OpenAPIRenderPlugin):
    """The OpenAPI schema, at /docs/openapi.json."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)

    def render(self, request: Request[UserT, AuthT, StateT], openapi_schema: dict[str, Any]) -> bytes:
        """The schema as generated, with what Litestar does not know of the answers."""
        schema = deepcopy(openapi_schema)
        describe_errors(schema)
        describe_bytes(schema)
        return self.render_json(request, schema)


def openapi_config() -> OpenAPIConfig:
    """The schema's head, how one logs in, and where the page is."""
    return OpenAPIConfig(
        title="Invoice Service",
        version="1.0.0",
        description="Turns commerce orders into invoices: jobs, configurations, number series, sites.",
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="A token of POST /oauth/token"),
                "client": SecurityScheme(
                    type="oauth2",
                    flows=OAuthFlows(
                        client_credentials=OAuthFlow(
                            token_url="/oauth/token",  # noqa: S106 -- an address, no password
                            scopes=dict.fromkeys(SCOPES, ""),
                        )
                    ),
                ),
            }
        ),
        security=[{"bearer": []}, {"client": []}],
        render_plugins=[OfflineSwagger(), SchemaWithErrors()],
        openapi_router=Router(
            path="/docs",
            route_handlers=[],
            opt={"public": True},
            include_in_schema=False,
            response_headers={
                "Content-Security-Policy": CONTENT_SECURITY_POLICY,
                "X-Content-Type-Options": "nosniff",
            },
        ),
    )


def docs_assets() -> Router:
    """Serves the files of the page."""
    return create_static_files_router(
        path="/docs/assets",
        directories=[ASSETS],
        opt={"public": True},
        include_in_schema=False,
        name="docs-assets",
    )
