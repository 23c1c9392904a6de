"""Reads test results: TAP as our programs print it, and pytest's XML.

    ok N - text    not ok N - text    # anything    1..N (the last line)    Bail out! reason

`ok N - text # SKIP reason` counts as skipped, and so does `1..0 # SKIP reason`, a whole program. A
serial line carries other lines too; they are ignored, but for a kernel's panic, which is a failure
whatever else was printed.
"""
import dataclasses
import re
import xml.etree.ElementTree

TEST_LINE = re.compile(r"^(ok|not ok) (\d+)(?: -)? ?(.*)$")
PLAN_LINE = re.compile(r"^1\.\.(\d+)\s*(# .*)?$")
PANIC = re.compile(r"\bpanic\b\s*[:(]", re.IGNORECASE)


@dataclasses.dataclass
class Report:
    """What a test program reported; `lines` are its results as (number, text, outcome)."""
    passed: list = dataclasses.field(default_factory=list)
    failed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)
    lines: list = dataclasses.field(default_factory=list)


def parse(text):
    report = Report()
    plan = None
    for line in text.splitlines():
        match = TEST_LINE.match(line)
        if match:
            _enter(report, line, match)
            continue
        match = PLAN_LINE.match(line)
        if match:
            if plan is not None:
                report.problems.append(f"two plans: 1..{plan} and {line.strip()}")
            plan = int(match[1])
            if plan == 0:
                report.skipped.append(line.strip())
        elif line.startswith("Bail out!"):
            report.problems.append(line.strip())
        elif PANIC.search(line) and not line.startswith("#"):
            report.problems.append(f"the kernel panicked: {line.strip()}")
    if plan is None:
        report.problems.append("no plan (1..N) was printed: it ended too early")
    elif [number for number, _, _ in report.lines] != list(range(1, plan + 1)):
        report.problems.append(f"the plan was 1..{plan}, but the results were "
                               f"{len(report.lines)} lines, not numbered 1 to {plan}")
    return report


def _enter(report, line, match):
    state, number, text = match[1], int(match[2]), match[3].strip()
    outcome = "pass" if state == "ok" else "fail"
    description, _, directive = text.partition(" # ")
    if outcome == "pass" and directive.upper().startswith("SKIP"):
        outcome = "skip"
        report.skipped.append(line)
    elif outcome == "pass":
        report.passed.append(line)
    else:
        report.failed.append(line)
    report.lines.append((number, description.strip(), outcome))


def parse_junit(path):
    report = Report()
    try:
        cases = list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        report.problems.append(f"pytest left no results: {error}")
        return report
    for case in cases:
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            report.failed.append(name)
        elif case.find("skipped") is not None:
            report.skipped.append(name)
        else:
            report.passed.append(name)
    return report
