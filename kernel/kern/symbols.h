/* Symbols of a boot module's program, kept for fault reports. */
#pragma once

#include <kern/types.h>

struct symbols;

/* Takes the functions out of the .symtab and .strtab of an ELF32 image, at most 128 KB of them; the
   image is not needed afterwards. The image is not trusted: what does not make sense is skipped.
   NULL: it has none, or no memory. */
struct symbols *symbols_create(const void *image, uint32_t bytes);
/* NULL is fine. */
void symbols_destroy(struct symbols *symbols);
/* See kern/panic.h: the name lives as long as `symbols`. NULL symbols: NULL. */
const char *symbols_lookup(const struct symbols *symbols, uint32_t address, uint32_t *offset);
