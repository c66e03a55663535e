#!/usr/bin/python3
"""Whether each row of the table of routes was asked for, by the log of an agent: routes.py LOG"""

import re
import sys

TABLE = "agent/api/routes.cc"
ROW = re.compile(r'Route\{(\w+), "([^"]*)"')
METHODS = {"remove": "DELETE"}  # of those whose name is another in the table
REQUEST = re.compile(r"^(?:<\d>)?([A-Z]+) (/\S*) (\d{3}) ", re.MULTILINE)


def fits(pattern, path):
    if not pattern:  # of a mixin, wherever its user has put it
        return path.startswith("/tags/")
    return re.fullmatch(re.escape(pattern).replace(r"\{id\}", "[^/]+") + "/?", path.split("?")[0])


def main(log):
    with open(TABLE, encoding="utf-8") as file:
        rows = [(METHODS.get(method, method.upper()), pattern) for method, pattern in ROW.findall(file.read())]
    if len(rows) < 40:
        print(f"{TABLE}: only {len(rows)} rows were found; has the table another form now?")
        return 1
    with open(log, encoding="utf-8", errors="replace") as file:
        asked = REQUEST.findall(file.read())
    missing = [row for row in rows if not any(row[0] == method and fits(row[1], path) for method, path, _ in asked)]
    for method, pattern in missing:
        print(f"no example has {method} {pattern or '(the location of a mixin)'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
