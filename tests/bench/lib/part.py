"""A part of the bench's report: tables, as text and as JSON (tests/bench/README.md).

A part is a dictionary, so that what was measured once can be shown again:

    {"part": NAME, "title": ..., "peer": ..., "without": why there is no peer, or None,
     "tables": [{"title": ..., "columns": [[KEY, HEADING, FORMAT]], "rows": [{KEY: VALUE}]}],
     "notes": [LINE]}

A row's "name" stands first; its "verdict", if it has one, last. A value that is not there is None.
"""
import json

OK, OK_AIM, MISSED, MISSED_AIM = "ok", "ok, the aim too", "MISSES THE BAR", "misses the aim"


def make(name, title, peer):
    return {"part": name, "title": title, "peer": peer, "without": None, "tables": [], "notes": []}


def add_table(part, title, columns, rows):
    part["tables"].append({"title": title, "columns": [list(column) for column in columns],
                           "rows": rows})


def verdict(value, bar, aim=None, at_least=False):
    """What a figure is beside its bar (None: it has none) and its aim."""
    def reaches(limit):
        return value >= limit if at_least else value <= limit
    if value is None or bar is None and aim is None:
        return ""
    if bar is not None and not reaches(bar):
        return MISSED
    if aim is None or not reaches(aim):
        return OK if bar is not None else MISSED_AIM
    return OK_AIM


def ratio(ours, theirs):
    return ours / theirs if ours is not None and theirs else None


# ------------------------------------------------------------------------- text

def show(value, form):
    return "-" if value is None else format(value, form) if form else str(value)


def table_text(table):
    columns = table["columns"]
    cells = [[str(row["name"])] + [show(row.get(key), form) for key, _, form in columns]
             for row in table["rows"]]
    head = ["operation"] + [heading for _, heading, _ in columns]
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(len(head))]
    verdicts = [""] + [row.get("verdict") or "" for row in table["rows"]]
    lines = []
    for line, word in zip([head, *cells], verdicts):
        figures = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        lines.append("  ".join([line[0].ljust(widths[0]), *figures, word]).rstrip())
    return [table["title"], *lines]


def text(part):
    """The part as lines."""
    lines = [f"== {part['title']}"]
    if part["without"]:
        lines.append(f"Without {part['peer']}: {part['without']}")
    for table in part["tables"]:
        lines += ["", *table_text(table)]
    return lines + (["", *part["notes"]] if part["notes"] else [])


def count_verdicts(part):
    """(figures with a bar, those that miss it)."""
    verdicts = [row.get("verdict") for table in part["tables"] for row in table["rows"]]
    return (sum(word in (OK, OK_AIM, MISSED) for word in verdicts),
            sum(word == MISSED for word in verdicts))


# ------------------------------------------------------------------------- what a script does

def add_options(parser):
    parser.add_argument("--quick", action="store_true", help="in a few seconds, mostly ours alone")
    parser.add_argument("--json", metavar="FILE", help="write the part there, too")


def finish(part, options):
    """Prints the part, and writes it where the options say."""
    print("\n".join(text(part)), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(part, file, indent=1)
            file.write("\n")
