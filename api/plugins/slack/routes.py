"""/v1: Slack's own requests, and how the door is set up and people are linked."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.background import BackgroundTask

from api.deps import Principal, Service, allow, limited
from api.limits import Rates
from api.plugins.slack import links, pages, service
from api.plugins.slack.app import Doors
from api.plugins.slack.schemas import AskerOut, CodeIn, LinkOut, SlackIn, SlackOut
from api.services import Services

router = APIRouter(prefix="/v1", tags=["slack"])
Admin = Annotated[Principal, Depends(allow("admin"))]
Member = Annotated[Principal, Depends(allow("mentor", "staff", "admin"))]
often = Depends(limited("slack_code", lambda at: at.settings.sign_ins_per_minute))


def install(app: FastAPI, at: Services, rates: Rates) -> None:
    """The routes, the page and `app.state.slack`, whose `close` ends its threads."""
    app.state.slack = Doors(at, rates)
    app.include_router(router)
    app.include_router(pages.router)


async def raw(request: Request) -> bytes:
    return await request.body()


@router.post("/slack/{program}", include_in_schema=False)
def slack(program: str, request: Request, body: Annotated[bytes, Depends(raw)]) -> Response:
    """Slack alone calls this: events, commands, shortcuts, windows and buttons, each signed."""
    doors: Doors = request.app.state.slack
    answer, acts = doors.serve(program, body, request.headers)
    headers = answer.first_headers_without_set_cookie()
    return Response(answer.body, answer.status, headers=headers, background=BackgroundTask(doors.act, acts))


@router.get("/program/slack")
def shown(who: Admin, at: Service) -> SlackOut:
    """The program's Slack app, without its secrets."""
    with at.database.read(who.program) as session:
        return service.shown(at, session, who)


@router.put("/program/slack")
def configure(given: SlackIn, who: Admin, at: Service) -> SlackOut:
    """Set the program's Slack app. The door opens where the rule `doors` holds "slack" too; text typed there passes through Slack."""
    return service.configure(at, who, given)


@router.delete("/program/slack", status_code=204)
def remove(who: Admin, at: Service) -> None:
    """Secrets, links and contacts in Slack go."""
    with at.database.write(who.program) as session:
        service.remove(at, session, who)


@router.post("/slack-link/asker", dependencies=[often])
def asker(given: CodeIn, who: Member, at: Service) -> AskerOut:
    """Who in Slack asked for a code: to be shown before it is used. It is not used up by this."""
    with at.database.write(who.program) as session:
        row = links.asker(at, session, given.code)
        return AskerOut(slack_name=row.slack_name, slack_user=row.slack_user, expires_at=row.expires_at)


@router.post("/slack-link", status_code=201, dependencies=[often])
def link(given: CodeIn, who: Member, at: Service) -> LinkOut:
    """Let the Slack user who was shown this code act as you there."""
    with at.database.write(who.program) as session:
        made = links.link(at, session, who, given.code)
        return LinkOut(slack_user=made.slack_user, since=made.created_at)


@router.get("/slack-link")
def linked(who: Member, at: Service) -> LinkOut:
    with at.database.read(who.program) as session:
        found = links.of(session, who)
        return LinkOut(slack_user=found.slack_user, since=found.created_at)


@router.delete("/slack-link", status_code=204)
def unlink(who: Member, at: Service) -> None:
    with at.database.write(who.program) as session:
        links.unlink(at, session, who)
