/* The machine's boolean type: Mach passes truth values as whole words. */
#pragma once

#ifndef __ASSEMBLER__
typedef int boolean_t;
#endif
