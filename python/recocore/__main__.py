"""``python -m recocore``: what can be done without writing a program."""

from __future__ import annotations

import argparse
import sys

from recocore._core import __version__
from recocore.drift import _command


def main() -> int:
    """The commands."""
    parser = argparse.ArgumentParser(prog="python -m recocore", description="An embeddable recommender engine.")
    parser.add_argument("--version", action="version", version=f"recocore {__version__}")
    commands = parser.add_subparsers(title="commands", required=True)
    _command.add_parser(commands)
    given = parser.parse_args()
    status: int = given.work(given)
    return status


if __name__ == "__main__":
    sys.exit(main())
