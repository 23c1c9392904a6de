/* See xms_core.h. */
#include "xms_core.h"
#include <stdbool.h>
#include <stddef.h>

struct xms_block *xms_find(struct xms *xms, uint32_t handle)
{
	return handle >= 1 && handle <= XMS_HANDLES && xms->blocks[handle - 1].used
		       ? &xms->blocks[handle - 1]
		       : NULL;
}

/* How much is free from "at" on, "self" not counted; 0: something lies there. */
static uint32_t room(const struct xms *xms, uint32_t at, const struct xms_block *self)
{
	uint32_t end = xms->size_kb;

	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		const struct xms_block *other = &xms->blocks[i];

		if (other->used == 0 || other == self || other->size_kb == 0 ||
		    other->start_kb + other->size_kb <= at) {
			continue;
		}
		if (other->start_kb <= at) {
			return 0;
		}
		end = other->start_kb < end ? other->start_kb : end;
	}
	return end - at;
}

/* The first place with so much room is the beginning, or the end of another block. */
static bool place(const struct xms *xms, uint32_t size_kb, const struct xms_block *self,
		  uint32_t *at)
{
	uint32_t best = xms->size_kb;

	if (room(xms, 0, self) >= size_kb) {
		*at = 0;
		return true;
	}
	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		const struct xms_block *block = &xms->blocks[i];
		uint32_t end = block->start_kb + block->size_kb;

		if (block->used != 0 && block != self && end < best &&
		    room(xms, end, self) >= size_kb) {
			best = end;
		}
	}
	*at = best;
	return best < xms->size_kb;
}

int xms_allocate(struct xms *xms, uint32_t size_kb, uint32_t *handle)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		if (xms->blocks[i].used != 0) {
			continue;
		}
		if (!place(xms, size_kb, NULL, &at) && size_kb > 0) {
			return XMS_ERROR_MEMORY;
		}
		xms->blocks[i] = (struct xms_block){
			.used = 1, .start_kb = size_kb > 0 ? at : 0, .size_kb = size_kb};
		*handle = i + 1;
		return 0;
	}
	return XMS_ERROR_HANDLES;
}

int xms_free(struct xms *xms, uint32_t handle)
{
	struct xms_block *block = xms_find(xms, handle);

	if (block == NULL) {
		return XMS_ERROR_HANDLE;
	}
	if (block->locks > 0) {
		return XMS_ERROR_LOCKED;
	}
	*block = (struct xms_block){.used = 0};
	return 0;
}

int xms_resize(struct xms *xms, uint32_t handle, uint32_t size_kb, uint32_t *moved_from_kb)
{
	struct xms_block *block = xms_find(xms, handle);
	uint32_t at = 0;

	if (block == NULL) {
		return XMS_ERROR_HANDLE;
	}
	if (block->locks > 0) {
		return XMS_ERROR_LOCKED;
	}
	*moved_from_kb = block->start_kb;
	if (size_kb > block->size_kb && room(xms, block->start_kb, block) < size_kb) {
		if (!place(xms, size_kb, block, &at)) {
			return XMS_ERROR_MEMORY;
		}
		block->start_kb = at;
	}
	block->size_kb = size_kb;
	return 0;
}

int xms_lock(struct xms *xms, uint32_t handle)
{
	struct xms_block *block = xms_find(xms, handle);

	if (block == NULL) {
		return XMS_ERROR_HANDLE;
	}
	if (block->locks == 0xff) {
		return XMS_ERROR_LOCKS;
	}
	block->locks++;
	return 0;
}

int xms_unlock(struct xms *xms, uint32_t handle)
{
	struct xms_block *block = xms_find(xms, handle);

	if (block == NULL) {
		return XMS_ERROR_HANDLE;
	}
	if (block->locks == 0) {
		return XMS_ERROR_NOT_LOCKED;
	}
	block->locks--;
	return 0;
}

void xms_query(const struct xms *xms, uint32_t *largest_kb, uint32_t *total_kb)
{
	uint32_t used = 0;

	*largest_kb = room(xms, 0, NULL);
	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		const struct xms_block *block = &xms->blocks[i];
		uint32_t end = block->start_kb + block->size_kb;

		if (block->used != 0) {
			uint32_t behind = end < xms->size_kb ? room(xms, end, NULL) : 0;

			used += block->size_kb;
			*largest_kb = behind > *largest_kb ? behind : *largest_kb;
		}
	}
	*total_kb = xms->size_kb - used;
}

uint32_t xms_free_handles(const struct xms *xms)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		count += xms->blocks[i].used == 0;
	}
	return count;
}
