// htmx waits for the document, which has been read before this script comes; once everything is loaded it does not wait.
if (document.readyState != "complete") document.dispatchEvent(new Event("DOMContentLoaded"));
