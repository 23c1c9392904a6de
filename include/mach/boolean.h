/* Truth values as Mach programs write them; a boolean_t always fills a word. */
#pragma once

#include <mach/machine/boolean.h>

#ifndef NOBOOL
#ifndef TRUE
#define TRUE ((boolean_t) 1)
#endif
#ifndef FALSE
#define FALSE ((boolean_t) 0)
#endif
#endif
