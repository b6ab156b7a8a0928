"""The bare route that the board is measured against: one Flask view that answers with the bytes of a file."""

import os
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

TARGET = "bare"


def load_app(_target: str) -> Any:
    """The app of the worker."""
    body = Path(sys.argv[1]).read_bytes()
    app = Flask("bare")

    @app.get("/")
    def show() -> Response:
        return Response(body, mimetype="text/html")

    return app


def main() -> None:
    """Serve with the same server and the same settings as `forum serve`."""
    Server(
        TARGET,
        address="127.0.0.1",
        port=int(os.environ["FORUM_PORT"]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=load_app)


if __name__ == "__main__":
    main()
