"""Bring all catalogues up to date and compile them; `--missing` prints what is left to translate."""

from __future__ import annotations

import sys

from catalogues.extracting import PACKAGES, extract
from catalogues.keeping import catalogues_of, compile_catalogue, problems, read, update


def main(arguments: list[str]) -> int:
    """Exit with 1 where something is left to translate."""
    left = 0
    for package in PACKAGES:
        template = extract(package)
        for path in catalogues_of(package):
            update(path, template)
            compile_catalogue(path)
            found = list(problems(template, read(path)))
            left += len(found)
            print(f"{package.name} {path.parent.parent.name}: {len(template)} messages, {len(found)} to mend")
            if "--missing" in arguments:
                print("".join(f"  {problem}\n" for problem in found), end="")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
