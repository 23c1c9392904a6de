"""What GNU MIG's server stubs do not check of their arguments, added to what migcom wrote.

For an inline array of variable length ("array[*:N]") the stub compares the message's size with a
sum that overflows when the sender's count is near 2^32, and N itself with nothing: here the count
is bounded in the check of the argument's type, before it is used. A string of C ("c_string[N]",
"c_string[*:N]") need not end: here its last byte becomes 0.

The stubs are read by their text. What has such an argument and does not look as it always does is
an error, so that a new migcom cannot bring the holes back.
"""
import re

ROUTINE = re.compile(r"^/\* (?:Simple)?Routine (\w+) \*/$", re.MULTILINE)
REQUEST = re.compile(r"\ttypedef struct \{\n(.*?)\n\t\} Request;", re.DOTALL)
# An array whose length the sender says, beside the pointer that an out-of-line one would be.
VARIABLE = re.compile(r"\t\tunion \{\n\t\t\t[^\n;]*?(\w+)\[(\d+)\];\n\t\t\t[^\n;]*;\n\t\t\};")
# The end of the check of such an argument's type word: {0} is the argument.
SIZE_CHECK = r"\((In\dP)->{0}Type\.(msgtl?)_size != \d+\)"
BLOCK_END = "\n#endif\t/* TypeCheck */\n"
STRING_CHECK = r"const mach_msg_type(?:_long)?_t (\w+)Check = \{[^}]*MACH_MSG_TYPE_STRING_C,"
STRING_TERM = r"\(In\dP->(\w+)Type\.msgtl?_name != MACH_MSG_TYPE_STRING_C\)"


class UnknownStub(Exception):
    """A stub whose text is not as it always is."""


def once(pattern, text, what):
    """The one match of a pattern."""
    matches = list(re.finditer(pattern, text))
    if len(matches) != 1:
        raise UnknownStub(f"{what}: {len(matches)} places look like its check, not one")
    return matches[0]


def bound_array(body, argument, most, is_string):
    """Adds the bound of one variable array to the check of its type."""
    check = once(SIZE_CHECK.format(argument), body, argument)
    number = f"{check[1]}->{argument}Type.{check[2]}_number"
    # Of elements with several parts MIG counts the parts.
    parts = {int(match) for match in re.findall(rf"{re.escape(number)} / (\d+)", body)} or {1}
    if len(parts) != 1:
        raise UnknownStub(f"{argument}: elements of {sorted(parts)} parts")
    too_many = f"({number} > {int(most) * parts.pop()})"
    in_place = rf"{re.escape(check[1])}->{argument}Type\.(?:msgtl_header\.)?msgt_inline"
    if not re.search(in_place + " != TRUE", body):
        # It may lie out of line, too, where it may be longer.
        place = re.search(in_place, body)
        if not place:
            raise UnknownStub(f"{argument}: neither inline nor not")
        too_many = f"({place[0]} && {too_many})"
    terms = f"{check[0]} ||\n\t    {too_many}"
    if is_string:
        terms += f" ||\n\t    ({number} == 0)"
    return body[:check.start()] + terms + body[check.end():]


def end_string(body, argument, is_variable):
    """Ends one string behind the last check that it takes part in."""
    mention = rf"(In\dP)->{argument}Type\b[^;]*\n\t\t\{{ OutP->RetCode = MIG_BAD_ARGUMENTS; return; \}}"
    checks = list(re.finditer(mention, body))
    if not checks:
        raise UnknownStub(f"{argument}: no check of its type")
    pointer = checks[-1][1]
    last = f"sizeof {pointer}->{argument} - 1"
    if is_variable:
        if re.search(rf"msgh_size_delta = [^;]*->{argument}Type\.", body):
            raise UnknownStub(f"{argument}: a string of variable length before other arguments")
        number = once(rf"{pointer}->{argument}Type\.msgtl?_number == 0", body, argument)
        last = number[0].removesuffix(" == 0") + " - 1"
    end = body.index(BLOCK_END, checks[-1].end()) + len(BLOCK_END)
    return f"{body[:end]}\n\t{pointer}->{argument}[{last}] = '\\0';\n{body[end:]}"


def bounded_routine(body):
    """One routine's stub, with its checks complete."""
    request = REQUEST.search(body)
    if request is None:
        raise UnknownStub("no request")
    arrays = VARIABLE.findall(request[1])
    if len(arrays) != request[1].count("union"):
        raise UnknownStub("a union that is no array of variable length")
    strings = set(re.findall(STRING_TERM, body))
    for argument in re.findall(STRING_CHECK, body):
        strings.add(argument)
    variable = {argument for argument, _ in arrays}
    for argument, most in arrays:
        body = bound_array(body, argument, most, argument in strings)
    for argument in sorted(strings):
        body = end_string(body, argument, argument in variable)
    return body


def bounded(text):
    """A server's stubs with their checks complete; UnknownStub."""
    starts = [match.start() for match in ROUTINE.finditer(text)]
    pieces = [text[:starts[0]] if starts else text]
    for start, end in zip(starts, starts[1:] + [len(text)]):
        body = text[start:end]
        try:
            pieces.append(bounded_routine(body))
        except UnknownStub as error:
            raise UnknownStub(f"{ROUTINE.match(body)[1]}: {error}") from error
    return "".join(pieces)
