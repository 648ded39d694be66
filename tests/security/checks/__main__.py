"""All checks of the tree, one after the other. Exit status 1 where one has found a fault."""

import sys

from tests.security.checks import advisories, leaks, licences, sbom, static


def main() -> int:
    failed = False
    for part in (leaks, licences, advisories, sbom, static):
        found = part.check()
        failed |= bool(found.faults)
        print(f"{'FAULT' if found.faults else 'ok':6s}{found.what}")
        for line in (*found.faults, *found.notes):
            print(f"      {line}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
