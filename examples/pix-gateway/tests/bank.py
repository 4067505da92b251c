"""The imaginary bank, over real HTTP. With `silent` it does what it is asked and answers nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN, SECRET = "a token", "a webhook secret"
Answer = tuple[int, Any]


class Bank:
    """Charges by `txid`."""

    def __init__(self) -> None:
        self.charges: dict[str, dict[str, Any]] = {}
        self.silent = False
        self._lock = threading.Lock()

    def __enter__(self) -> Bank:
        bank = self

        class Handler(_Handler):
            asked = bank

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def pay(self, txid: str) -> None:
        self.charges[txid]["status"] = "CONCLUIDA"

    def webhook(self, txid: str, at: int, *, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
        charge = self.charges[txid]
        ring = {"id": f"{txid}-1", "txid": txid, "reference": charge["referencia"], "at": at}
        body = json.dumps(ring).encode()
        signature = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"x-pix-signature": signature, "x-pix-stamp": str(at)}, body

    def answer(self, method: str, path: str, token: str, body: Any) -> Answer:
        if token != f"Bearer {TOKEN}":
            return 401, {}
        with self._lock:
            match path.strip("/").split("/"):
                case ["cob", txid] if method == "PUT":
                    return self._charge(txid, body)
                case ["cob", txid] if txid in self.charges:
                    return self._remove(txid) if method == "PATCH" else (200, self.charges[txid])
                case ["cob", txid, "devolucao", refund] if txid in self.charges:
                    return self._refund(self.charges[txid], refund, body)
        return 404, {}

    def _charge(self, txid: str, body: Any) -> Answer:
        if float(body["valor"]["original"]) < 0.01:
            return 400, {"detail": "valor"}
        new = {"txid": txid, "status": "ATIVA", "devolucoes": [], "pagina": f"https://bank.example/{txid}"}
        return 200, self.charges.setdefault(txid, {**body, **new})

    def _remove(self, txid: str) -> Answer:
        charge = self.charges[txid]
        if charge["status"] == "CONCLUIDA":
            return 409, {}
        charge["status"] = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
        return 200, charge

    def _refund(self, charge: dict[str, Any], refund: str, body: Any) -> Answer:
        known = {each["id"] for each in charge["devolucoes"]}
        given = sum(round(float(each["valor"]) * 100) for each in charge["devolucoes"])
        left = round(float(charge["valor"]["original"]) * 100) - given
        if refund not in known:
            if charge["status"] != "CONCLUIDA" or round(float(body["valor"]) * 100) > left:
                return 409, {}
            charge["devolucoes"].append({"id": refund, "valor": body["valor"]})
        return 200, charge


class _Handler(BaseHTTPRequestHandler):
    asked: Bank

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        token = self.headers.get("authorization", "")
        status, answer = self.asked.answer(
            self.command, self.path, token, json.loads(content) if content else None
        )
        if self.asked.silent:
            return
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_PATCH = do_GET  # noqa: N815 - the names are those of http.server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
