/* The terminal that this process has, for a program that has one on another node. */
#pragma once

#include "on.h"

/* Are all three streams a terminal, in whose foreground we are?  Its modes are kept. */
bool terminal_begin(void);
bool terminal_size(natural_t *rows, natural_t *columns);

/* Bytes as they are: the program's own terminal does all else.  In the background: nothing. */
void terminal_make_raw(void);

/* As it was; may be said again. */
void terminal_restore(void);
