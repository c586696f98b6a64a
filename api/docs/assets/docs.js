"use strict";
SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#docs",
  validatorUrl: null, // would call a server of others
  deepLinking: true,
  tryItOutEnabled: true,
  docExpansion: "list",
});
