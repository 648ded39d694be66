"""What a page of another origin loads: the script, with its words filled in, and the frame. Nothing in them is anybody's own."""

import hashlib
import json
from functools import cache
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.plugins.embed.words import spoken

STATIC = Path(__file__).parent / "static"
PARTS = ("taken.js", "report.js", "framed.js", "conversation-coach.js")
"""Of the script, in their order: each uses what stands before it."""

FRAME = """<!doctype html>
<html lang="en" data-parent="{origin}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Conversation coach</title>
<script src="conversation-coach.js" defer></script><script src="frame.js" defer></script></head>
<body></body>
</html>
"""


@cache
def script(address: str) -> bytes:
    """The component's script; `address` is where it sends notes, which nothing in a page can change."""
    given = {"SERVICE": address.rstrip("/"), "WORDS": spoken(), "STYLE": (STATIC / "style.css").read_text(encoding="utf-8")}
    head = [f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in given.items()]
    parts = [(STATIC / name).read_text(encoding="utf-8") for name in PARTS]
    return "\n".join(["(() => {", '"use strict";', *head, *parts, "})();", ""]).encode()


@cache
def frame_script() -> bytes:
    return (STATIC / "frame.js").read_bytes()


def cached(request: Request, content: bytes, kind: str) -> Response:
    """A public file, kept for five minutes and then asked about; pages with an embedder policy (COEP) may load it too."""
    mark = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = {"ETag": mark, "Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def frame(origin: str) -> Response:
    """The frame's page, which browsers show inside pages of `origin` alone.

    `frame-ancestors` takes the place of the X-Frame-Options: DENY that every answer carries (CSP Level 3, section 6.4.2.1).
    """
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        f"require-trusted-types-for 'script'; frame-ancestors {origin}"
    )
    return HTMLResponse(FRAME.format(origin=origin), headers={"Content-Security-Policy": policy})
