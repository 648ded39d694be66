"""The pages, put onto the app."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse

from api.errors import NotFound
from api.web import account, accounts, course, desk, dial, figures, library, mentor, sample
from api.web.pages import HERE, fault_page

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml; charset=utf-8"}


def install(app: FastAPI) -> None:
    """Pages and static files; faults on pages are told as pages."""
    # /flags/sample stands before /flags/{ident}
    for part in (mentor, course, library, sample, desk, figures, dial, account, accounts):
        app.include_router(part.router)
    app.state.fault_page = fault_page

    @app.get("/static/{name}", include_in_schema=False)
    def file(name: str, request: Request) -> Response:
        """A static file; its address changes with it, so it may be kept for ever."""
        path = HERE / "static" / name
        if path.parent != HERE / "static" or path.suffix not in TYPES or not path.is_file():
            raise NotFound("There is no such file.")
        return FileResponse(path, media_type=TYPES[path.suffix], headers={"Cache-Control": "public, max-age=31536000, immutable"})
