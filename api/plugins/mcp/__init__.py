"""The coach for clients of the Model Context Protocol: `http` inside the service, `stdio` as `coach mcp`.

tools.py, shapes.py     what a tool is; what the tools take and give
server.py               tools, cards and prompts behind the protocol (the only file with `mcp` beside `stdio` and `http`)
local.py, stdio.py      the library alone, for one person's own machine
remote.py, http.py      the service, for who holds an API key of a program that opened this door
"""
