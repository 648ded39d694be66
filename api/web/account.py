"""One's own account: a new password."""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api.accounts import service
from api.accounts.schemas import PasswordIn
from api.deps import Service, keep_signed_in, limited
from api.errors import Problem, Unauthorised
from api.web.pages import page, to
from api.web.viewer import Form, Looking, Viewer

router = APIRouter(include_in_schema=False)
often = Depends(limited("sign_in", lambda at: at.settings.sign_ins_per_minute))


@router.get("/account")
def account(request: Request, looking: Looking, at: Service, done: str = "") -> Response:
    return _account(request, looking, at, done=bool(done))


def _account(request: Request, looking: Viewer, at: Service, status: int = 200, fault: str = "", done: bool = False) -> Response:
    if not looking.signed_in:
        raise Unauthorised("Sign in to see this page.")
    given = at.settings
    idle = given.staff_idle_minutes if looking.has("staff", "admin", "auditor") else given.idle_minutes
    return page(request, looking, "account.html", status, fault=fault, done=done, hours=given.session_hours, idle=idle)


@router.post("/account", dependencies=[often])
def change_password(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """A fault gives the page again. No password that was sent comes back on it."""
    if looking.row is None:
        raise Unauthorised("Sign in to see this page.")
    try:
        if given.get("new") != given.get("again"):
            return _account(request, looking, at, 422, "The new password was not written the same way twice.")
        wanted = PasswordIn(old=str(given.get("old", "")), new=str(given.get("new", "")))
        opened = service.change_password(at, request.app.state.rates, looking.row, wanted)
    except ValidationError:
        return _account(request, looking, at, 422, "Choose a password of at least 15 characters: a few words are easy to keep.")
    except Problem as problem:
        return _account(request, looking, at, problem.status, problem.detail)
    answer = to("/account?done=1")
    keep_signed_in(at, answer, opened.token)
    return answer
