/* The machine's type for the result of a kernel call. */
#pragma once

#ifndef __ASSEMBLER__
typedef int kern_return_t;
#endif
