"""`coach mcp`: the protocol over standard input and output, with the library alone."""

import argparse
import logging
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from coach import MissingDependency, Settings

ABOUT = (
    "Serve the coach to a program on this machine that speaks the Model Context Protocol, over standard input and output. "
    "Nothing is stored, and the coach sends nothing anywhere. The program that starts it may pass notes to its own language model."
)


def add_mcp(commands: Any) -> None:
    """`coach mcp`, found by coach's command line through its entry point."""
    p = commands.add_parser("mcp", help="serve the coach to a desktop client (Model Context Protocol)", description=ABOUT)
    p.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Blocks until the client closes. Raises MissingDependency without the extra."""
    if find_spec("mcp") is None:
        raise MissingDependency("mcp", "mcp")
    import anyio

    from api.plugins.mcp.local import desk
    from api.plugins.mcp.server import make_server

    logging.getLogger("mcp").addHandler(
        logging.NullHandler()
    )  # clients keep what comes on standard error, and it may hold a note
    logging.getLogger("mcp").propagate = False
    made = desk(Settings())
    anyio.run(_serve, make_server(made, version("conversation-coach"), lambda _: None, lambda _, __: True))
    made.close()
    return 0


async def _serve(server: Any) -> None:
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
