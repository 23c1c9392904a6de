/* How old Mach programs spell an inline function in a header. */
#pragma once

#ifndef MACH_INLINE
#define MACH_INLINE extern __inline
#endif
