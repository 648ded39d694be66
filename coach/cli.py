"""The command `coach`. Exit status: 0 done, 1 some inputs failed and the rest is done, 2 wrong usage, 130 stopped by ctrl-C."""

import argparse
import sys
from collections.abc import Sequence

from coach.commands import analyze, content, models, search
from coach.errors import CoachError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never a traceback for a fault the user can mend."""
    parser = _parser()
    arguments = parser.parse_args(argv)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coach",
        description="Reads the notes of mentoring sessions: what is unspoken, who may be in distress, what to do next.",
        epilog="Every limit and path is a setting: an environment variable COACH_..., see coach/settings.py.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (analyze, search, content, models):
        module.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
