"""Tools, guidance cards and prompts as an MCP server: the low-level one of the SDK, so that each caller sees own tools alone.

The SDK serves revision 2026-07-28 and, by their handshake, the four before. Nothing it is given is logged here, and no fault's words.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

from mcp import MCPError
from mcp import types as t
from mcp.server import CacheHint, Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from pydantic import ValidationError

from api.plugins.mcp import cards
from api.plugins.mcp.tools import Desk, Refused, Tool, checked, done

log = logging.getLogger("coach.api")

Context = ServerRequestContext[Any, Any]
Asker = Callable[[Context], Any]
"""Who calls, as the transport knows it."""
May = Callable[[Any, str | None], bool]
"""Whether the caller has a scope; None stands for what every caller may."""

READ_ONLY = t.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
PROMPT = "read_note"
HOUR = 3_600_000


def make_server(desk: Desk, version: str, asker: Asker, may: May) -> Server[Any]:
    """Calls run in the desk's lanes; a cancelled one frees its caller at once."""
    schemas: Mapping[str, dict[str, Any]] = {tool.name: tool.takes.model_json_schema() for tool in desk.tools}
    face = _Face(desk, schemas, asker, may)
    server: Server[Any] = Server(
        "conversation-coach",
        version=version,
        title="Conversation coach",
        description="Reads mentors' notes: what is unspoken, who may be in distress, what to do next.",
        instructions=desk.instructions,
        cache_hints={"resources/list": CacheHint(HOUR, "public"), "resources/read": CacheHint(HOUR, "public")},
        get_tool_input_schema=schemas.get,
        on_list_tools=face.list_tools,
        on_call_tool=face.call_tool,
        on_list_resources=face.list_resources,
        on_list_resource_templates=face.list_templates,
        on_read_resource=face.read_resource,
        on_list_prompts=face.list_prompts,
        on_get_prompt=face.get_prompt,
    )
    server.middleware[:] = [_guard]  # in the place of the SDK's traces, which an exporter could send elsewhere
    return server


async def _guard(ctx: Context, call_next: CallNext) -> HandlerResult:
    """An unforeseen fault is logged by kind and place; its words, which may be a note's, go nowhere."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise
    except Refused as refusal:
        raise MCPError(t.INTERNAL_ERROR, str(refusal)) from None
    except Exception as fault:
        places = [f"{PurePath(f.filename).name}:{f.lineno}" for f in extract_tb(fault.__traceback__)[-8:]]
        log.error("unforeseen", extra={"fault": type(fault).__name__, "places": places, "path": "/mcp"})
    raise MCPError(t.INTERNAL_ERROR, "Something went wrong on our side; try again.")


class _Face:
    """The handlers of one server."""

    def __init__(self, desk: Desk, schemas: Mapping[str, dict[str, Any]], asker: Asker, may: May) -> None:
        self._desk, self._schemas, self._asker, self._may = desk, schemas, asker, may

    async def list_tools(self, context: Context, _: t.PaginatedRequestParams | None) -> t.ListToolsResult:
        shown = self._desk.open_to(partial(self._may, self._asker(context)))
        return t.ListToolsResult(tools=[_shown(tool, self._schemas[tool.name]) for tool in shown])

    async def call_tool(self, context: Context, given: t.CallToolRequestParams) -> t.CallToolResult:
        """What a caller can mend (arguments, scope, a pair that is not there) is an answer with `is_error`, for its model to read."""
        who = self._asker(context)
        tool = next((tool for tool in self._desk.tools if tool.name == given.name), None)
        if tool is None:
            raise MCPError(t.INVALID_PARAMS, "There is no such tool; tools/list names those of this key.")
        try:
            if not self._may(who, tool.scope):
                raise Refused(f"This key lacks the scope {tool.scope!r}. An admin of the program can make one that has it.")
            arguments = checked(tool, given.arguments or {})
            lane = self._desk.slow if tool.slow else self._desk.quick
            made = await lane.run(partial(done, partial(tool.run, who, arguments)))
        except Refused as refusal:
            return t.CallToolResult(content=[t.TextContent(text=str(refusal))], is_error=True)
        text = json.dumps(made, ensure_ascii=False)
        return t.CallToolResult(content=[t.TextContent(text=text)], structured_content=json.loads(text))

    async def list_resources(self, _: Context, __: t.PaginatedRequestParams | None) -> t.ListResourcesResult:
        found = await self._desk.quick.run(self._desk.cards)
        rows = [t.Resource(uri=cards.address(card), name=card.id, title=card.title, mime_type=cards.MARKDOWN) for card in found]
        return t.ListResourcesResult(resources=rows)

    async def list_templates(self, _: Context, __: t.PaginatedRequestParams | None) -> t.ListResourceTemplatesResult:
        row = t.ResourceTemplate(
            uri_template=cards.TEMPLATE,
            name="guidance",
            title="A guidance card",
            description="By the id that reports and search_guidance give.",
            mime_type=cards.MARKDOWN,
        )
        return t.ListResourceTemplatesResult(resource_templates=[row])

    async def read_resource(self, _: Context, given: t.ReadResourceRequestParams) -> t.ReadResourceResult:
        found = await self._desk.quick.run(self._desk.cards)
        uri = str(given.uri)
        card = next((card for card in found if cards.address(card) == uri), None)
        if card is None:
            raise MCPError(t.INVALID_PARAMS, "There is no such card.")
        content = t.TextResourceContents(uri=uri, mime_type=cards.MARKDOWN, text=cards.markdown(card))
        return t.ReadResourceResult(contents=[content])

    async def list_prompts(self, context: Context, _: t.PaginatedRequestParams | None) -> t.ListPromptsResult:
        if not self._may(self._asker(context), self._desk.prompt_scope):
            return t.ListPromptsResult(prompts=[])
        argument = t.PromptArgument(name="note", description="The note as it was written.", required=True)
        row = t.Prompt(
            name=PROMPT,
            title="Read a note",
            description="Asks the client's own model to label a note by exact quotes, as prompts/read_note.md has it. "
            "The coach's own reading is the tool analyze_note.",
            arguments=[argument],
        )
        return t.ListPromptsResult(prompts=[row])

    async def get_prompt(self, context: Context, given: t.GetPromptRequestParams) -> t.GetPromptResult:
        note = (given.arguments or {}).get("note", "")
        if given.name != PROMPT or not self._may(self._asker(context), self._desk.prompt_scope):
            raise MCPError(t.INVALID_PARAMS, "There is no such prompt; prompts/list names those of this key.")
        if not note.strip():
            raise MCPError(t.INVALID_PARAMS, "Give the note.")
        words = await self._desk.quick.run(partial(done, partial(self._desk.ask, note)))
        return t.GetPromptResult(messages=[t.PromptMessage(role="user", content=t.TextContent(text=words))])


def _shown(tool: Tool, schema: dict[str, Any]) -> t.Tool:
    return t.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema,
        output_schema=dict(tool.gives),
        annotations=READ_ONLY,
    )
