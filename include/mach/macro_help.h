/* How old Mach programs spell a macro that is one statement. */
#pragma once

#define MACRO_BEGIN do {
#define MACRO_END } while (0)
#define MACRO_RETURN if (1) return
