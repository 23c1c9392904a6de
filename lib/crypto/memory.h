/*
 * The heap of the two libraries: every block is wiped when it is given back or outgrown, since any
 * number in it may be part of a key.  settings.h makes the libraries call these.
 */
#pragma once

#include <stddef.h>

/* New memory, not cleared; null when there is none. */
void *crypto_memory_get(size_t bytes);
void *crypto_memory_get_zeroed(size_t count, size_t bytes);

/* A larger or smaller block with the old one's content; null, and the old one stays, on failure. */
void *crypto_memory_resize(void *memory, size_t bytes);

/* Wipes and frees; null is allowed. */
void crypto_memory_release(void *memory);

/* The same two for a caller that knows the size: LibTomMath. */
void *crypto_memory_resize_known(void *memory, size_t old_bytes, size_t bytes);
void crypto_memory_release_known(void *memory, size_t bytes);
