#!/usr/bin/env python3
"""Runs the queries of FINDINGS.md through DataFusion's SessionContext, and compares the answers with those that stand there.

The wheel `datafusion` 55.0.0 is DataFusion 55.2.0 (`SELECT version()` says so), already built:

    python3 -m venv target/venv && target/venv/bin/pip install datafusion==55.0.0
    target/venv/bin/python queries.py
"""

import pathlib
import re
import sys

from datafusion import SessionContext

VERSION = "Apache DataFusion 55.2.0"


def answer(context, statement):
    """The rows as the page writes them, or `panic` if a thread of the query panicked, or what is wrong."""
    try:
        batches = context.sql(statement).collect()
    except Exception as error:
        return "panic" if "panicked with message" in str(error) else f"error: {error}"
    rows = [row for batch in batches for row in batch.to_pylist()]
    return "\n".join(" | ".join("NULL" if x is None else str(x) for x in row.values()) for row in rows)


def agree(found, said):
    """Whether the answer is the one that is written; of an error, its beginning is cut off there and its end."""
    if said.startswith("error: "):
        return found.startswith("error: ") and said.removeprefix("error: ") in found
    return found == said


def main():
    page = (pathlib.Path(__file__).parent / "FINDINGS.md").read_text()
    version = answer(SessionContext(), "SELECT version()")
    if not version.startswith(VERSION):
        sys.exit(f"this is {version}, the page is about {VERSION}")
    asked, wrong = 0, 0
    for block in re.findall(r"```sql\n(.*?)```", page, re.S):
        context = SessionContext()
        for statement, comment in re.findall(r"([^;]*);\n((?:-- .*\n)*)", block):
            said = "\n".join(line.removeprefix("-- ") for line in comment.splitlines())
            found = answer(context, statement)
            asked += bool(said)
            if not agree(found, said):
                wrong += 1
                print(f"{statement.strip()}\n  answers {found!r}, not {said!r}")
    print(f"{asked} queries, {asked - wrong} of them answer as FINDINGS.md says")
    sys.exit(1 if wrong or not asked else 0)


main()
