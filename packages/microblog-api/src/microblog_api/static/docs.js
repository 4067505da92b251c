// Draws the document with Swagger UI in place of the plain list, which stays where this does not work.
"use strict";

const viewer = document.getElementById("viewer");

window.SwaggerUIBundle({
  url: viewer.dataset.document,
  domNode: viewer,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  onComplete: () => document.getElementById("plain").remove(),
});
