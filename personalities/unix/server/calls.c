/* The table of handlers, made from shared/calls.h, and the names that logs have. */
#include "calls.h"

#define LIBRARY(name)
#define SERVER(name) CALL_HANDLER(name);
#define BOTH(name)   CALL_HANDLER(name);
#define CALL(number, name, who, ...) who(name)
#include "../shared/calls.h"
#undef LIBRARY
#undef SERVER
#undef BOTH
#undef CALL

#define LIBRARY(name) NULL
#define SERVER(name)  call_##name
#define BOTH(name)    call_##name
#define CALL(number, name, who, ...)                                                               \
	[number] = { #name, who(name), UNIX_PIECES(__VA_ARGS__), { __VA_ARGS__ } },
const struct call_entry call_table[UNIX_CALLS_MAX] = {
#include "../shared/calls.h"
};
