"""The command `coach`. Exit status: 0 done, 1 some inputs failed and the rest is done, 2 wrong usage, 130 stopped by ctrl-C."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any

from coach.commands import analyze, batch, brief, content, models, names, prompt, resources, search, signing
from coach.errors import CoachError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never a traceback for a fault the user can mend."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(given).parse_args(given)
    try:
        return int(arguments.run(arguments))
    except CoachError as error:
        print(f"coach: {error.message}", file=sys.stderr)
        return 2 if error.code == "unknown_value" else 1
    except KeyboardInterrupt:
        print("coach: stopped; what was finished has been written.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coach",
        description="Reads the notes of mentoring sessions: what is unspoken, who may be in distress, what to do next.",
        epilog="Every limit and path is a setting: an environment variable COACH_..., see coach/settings.py.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (analyze, batch, brief, search, content, resources, models, names, prompt, signing):
        module.add(commands)
    if not given or given[0] not in commands.choices:
        _add_others(commands)
    return parser


def _add_others(commands: Any) -> None:
    """Commands of other packages (`serve`), found by entry point; one whose extra is not installed is left out."""
    for point in sorted(entry_points(group="coach.commands"), key=lambda p: p.name):
        with contextlib.suppress(ImportError):
            point.load()(commands)


if __name__ == "__main__":
    sys.exit(main())
