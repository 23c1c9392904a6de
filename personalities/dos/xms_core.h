/*
 * Extended memory by handles (XMS 3.0): which kilobytes of an arena are whose.  The memory itself
 * is the caller's.  Errors are those of XMS, 0 is none.
 */
#pragma once

#include <stdint.h>

#define XMS_KB_MAX  64512u /* 63 MB: what 16 bits can say, below 64 MB */
#define XMS_HANDLES 64u

#define XMS_ERROR_FUNCTION     0x80
#define XMS_ERROR_HMA_NONE     0x90
#define XMS_ERROR_HMA_USED     0x91
#define XMS_ERROR_HMA_FREE     0x93
#define XMS_ERROR_A20_OPEN     0x94
#define XMS_ERROR_MEMORY       0xa0
#define XMS_ERROR_HANDLES      0xa1
#define XMS_ERROR_HANDLE       0xa2
#define XMS_ERROR_SOURCE       0xa3
#define XMS_ERROR_SOURCE_AT    0xa4
#define XMS_ERROR_TARGET       0xa5
#define XMS_ERROR_TARGET_AT    0xa6
#define XMS_ERROR_LENGTH       0xa7
#define XMS_ERROR_NOT_LOCKED   0xaa
#define XMS_ERROR_LOCKED       0xab
#define XMS_ERROR_LOCKS        0xac
#define XMS_ERROR_UPPER        0xb1
#define XMS_ERROR_UPPER_HANDLE 0xb2

struct xms_block {
	uint8_t used;
	uint8_t locks;
	uint32_t start_kb, size_kb;
};

struct xms {
	uint32_t size_kb; /* of the arena; the caller may change it, not below the end of a block */
	struct xms_block blocks[XMS_HANDLES]; /* handle 1 is the first */
};

/* NULL: no such handle. */
struct xms_block *xms_find(struct xms *xms, uint32_t handle);

int xms_allocate(struct xms *xms, uint32_t size_kb, uint32_t *handle);
int xms_free(struct xms *xms, uint32_t handle);

/* Another size.  If the block has to move, *moved_from_kb is where it was; else where it is. */
int xms_resize(struct xms *xms, uint32_t handle, uint32_t size_kb, uint32_t *moved_from_kb);

int xms_lock(struct xms *xms, uint32_t handle);
int xms_unlock(struct xms *xms, uint32_t handle);

/* The largest free piece, and all that is free. */
void xms_query(const struct xms *xms, uint32_t *largest_kb, uint32_t *total_kb);
uint32_t xms_free_handles(const struct xms *xms);
