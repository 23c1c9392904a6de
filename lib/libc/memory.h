/* How malloc gets its memory. */
#pragma once

/*
 * For a server that must not die when the machine or its quota has no page left: the program's data
 * and stacks get theirs now, and from now on malloc hands out only memory whose pages are there; it
 * returns null where a first touch would have been a fault.
 */
void libc_memory_commit(void);
