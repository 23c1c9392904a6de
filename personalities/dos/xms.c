/*
 * See xms.h.  What the programs know as memory above 0x110000 is an arena of addresses, reserved
 * when it is first wanted; its pages are taken from the beginning on, as far as blocks reach.
 */
#include "xms.h"
#include <string.h>
#include <gen/mach.h>
#include <gen/masix_host.h>
#include "files.h"
#include "machine.h"
#include "xms_core.h"

#define PAGE_BYTES  4096u
#define PAGE_KB     4u
#define SPARE_PAGES 64u

static struct xms xms;
static bool hma_taken;
static uint8_t *arena;
static uint32_t taken_kb; /* pages that are ours already */

/* The A20 line, as XMS counts it. */
static bool a20_global;
static uint32_t a20_local;

/* How much more memory our quota and the node have, with some to spare. */
static uint32_t kb_to_have(void)
{
	natural_t used = 0, limit = 0, pages = 0;
	vm_statistics_data_t statistics;

	if (masix_task_pages(mach_task_self(), &used, &limit) != KERN_SUCCESS ||
	    vm_statistics(mach_task_self(), &statistics) != KERN_SUCCESS) {
		return 0;
	}
	pages = limit > used ? limit - used : 0;
	pages = (natural_t)statistics.free_count < pages ? (natural_t)statistics.free_count : pages;
	pages = pages > SPARE_PAGES ? pages - SPARE_PAGES : 0;
	return pages > XMS_KB_MAX / PAGE_KB ? XMS_KB_MAX : pages * PAGE_KB;
}

/* Makes the arena, with three quarters of what there is at the most; whether there is one. */
static bool have_arena(void)
{
	uint32_t kb = files_configuration()->xms_kb, most_kb = kb_to_have() / 4 * 3;
	vm_address_t address = 0;

	kb = kb < most_kb ? kb : most_kb;
	if (arena == NULL && kb > 0 &&
	    vm_allocate(mach_task_self(), &address, kb * 1024, TRUE) == KERN_SUCCESS) {
		arena = (uint8_t *)address;
		xms.size_kb = kb;
	}
	return arena != NULL;
}

/* Pages up to there are taken at once: a program is told that there is no memory, and does not end
   for it. */
static bool take_pages(uint32_t end_kb)
{
	if (end_kb > taken_kb) {
		if (end_kb - taken_kb > kb_to_have()) {
			return false;
		}
		memset(arena + taken_kb * 1024, 0, (end_kb - taken_kb) * 1024);
		taken_kb = end_kb;
	}
	return true;
}

/* AX 1, or 0 with an error in BL. */
static void finish(int error)
{
	set_ax(error == 0 ? 1 : 0);
	if (error != 0) {
		set_bl((uint32_t)error);
	}
}

static uint32_t peek32(uint32_t segment, uint32_t offset)
{
	return peek16(segment, offset) | (uint32_t)peek16(segment, offset + 2) << 16;
}

/* One end of a move: a handle and an offset; handle 0: a far address. */
static int end_of_move(uint32_t at, uint32_t bytes, bool source, uint8_t **address)
{
	uint32_t handle = peek16(ds(), si() + at), offset = peek32(ds(), si() + at + 2);
	const struct xms_block *block = xms_find(&xms, handle);
	uint32_t limit = MACHINE_BYTES;

	if (handle == 0) {
		offset = (offset >> 16) * 16 + (offset & 0xffff);
		*address = machine_memory() + offset;
	} else if (block == NULL) {
		return source ? XMS_ERROR_SOURCE : XMS_ERROR_TARGET;
	} else {
		limit = block->size_kb * 1024;
		*address = arena + block->start_kb * 1024 + offset;
	}
	if (offset > limit || bytes > limit - offset) {
		return handle == 0 ? XMS_ERROR_LENGTH
		       : source    ? XMS_ERROR_SOURCE_AT
				   : XMS_ERROR_TARGET_AT;
	}
	return 0;
}

static int move(void)
{
	uint32_t bytes = peek32(ds(), si());
	uint8_t *from = NULL, *to = NULL;
	int error = (bytes & 1) != 0 ? XMS_ERROR_LENGTH : end_of_move(4, bytes, true, &from);

	error = error ?: end_of_move(10, bytes, false, &to);
	if (error == 0) {
		memmove(to, from, bytes);
	}
	return error;
}

static int allocate(void)
{
	uint32_t handle = 0;
	int error = have_arena() ? xms_allocate(&xms, dx(), &handle) : XMS_ERROR_MEMORY;
	const struct xms_block *block = error == 0 ? xms_find(&xms, handle) : NULL;

	if (block != NULL && !take_pages(block->start_kb + block->size_kb)) {
		(void)xms_free(&xms, handle);
		return XMS_ERROR_MEMORY;
	}
	if (error == 0) {
		set_dx(handle);
	}
	return error;
}

static int resize(void)
{
	struct xms_block *block = xms_find(&xms, dx());
	struct xms_block old = block != NULL ? *block : (struct xms_block){.used = 0};
	uint32_t from = 0;
	int error = xms_resize(&xms, dx(), bx(), &from);

	if (error == 0 && !take_pages(block->start_kb + block->size_kb)) {
		*block = old;
		return XMS_ERROR_MEMORY;
	}
	if (error == 0 && from != block->start_kb) {
		memmove(arena + block->start_kb * 1024, arena + from * 1024, old.size_kb * 1024);
	}
	return error;
}

static int lock(void)
{
	int error = xms_lock(&xms, dx());

	if (error == 0) {
		uint32_t address = MACHINE_BYTES + xms_find(&xms, dx())->start_kb * 1024;

		set_bx(address);
		set_dx(address >> 16);
	}
	return error;
}

static int tell_handle(void)
{
	const struct xms_block *block = xms_find(&xms, dx());

	if (block == NULL) {
		return XMS_ERROR_HANDLE;
	}
	set_bx((uint32_t)block->locks << 8 | xms_free_handles(&xms));
	set_dx(block->size_kb);
	return 0;
}

static int take_hma(bool take)
{
	if (take == hma_taken) {
		return take ? XMS_ERROR_HMA_USED : XMS_ERROR_HMA_FREE;
	}
	hma_taken = take;
	return 0;
}

/* 03 to 06: opens or closes the line for all, or for one who counts. */
static void move_a20(void)
{
	switch (ah()) {
	case 0x03:
		a20_global = true;
		break;
	case 0x04:
		a20_global = false;
		break;
	case 0x05:
		a20_local++;
		break;
	default:
		a20_local -= a20_local > 0;
		break;
	}
	machine_open_a20(a20_global || a20_local > 0);
	finish((ah() == 0x04 || ah() == 0x06) && machine_a20_is_open() ? XMS_ERROR_A20_OPEN : 0);
}

static void query(void)
{
	uint32_t largest = 0, total = 0;

	if (have_arena()) {
		xms_query(&xms, &largest, &total);
	}
	set_ax(largest);
	set_dx(total);
	set_bl(total == 0 ? XMS_ERROR_MEMORY : 0);
}

void xms_call(void)
{
	switch (ah()) {
	case 0x00:
		set_ax(0x0300);
		set_bx(0x0001);
		set_dx(1); /* there is a high memory area */
		break;
	case 0x01:
	case 0x02:
		finish(take_hma(ah() == 0x01));
		break;
	case 0x03:
	case 0x05:
	case 0x04:
	case 0x06:
		move_a20();
		break;
	case 0x07:
		set_ax(machine_a20_is_open());
		set_bl(0);
		break;
	case 0x08:
		query();
		break;
	case 0x09:
		finish(allocate());
		break;
	case 0x0a:
		finish(xms_free(&xms, dx()));
		break;
	case 0x0b:
		finish(move());
		break;
	case 0x0c:
		finish(lock());
		break;
	case 0x0d:
		finish(xms_unlock(&xms, dx()));
		break;
	case 0x0e:
		finish(tell_handle());
		break;
	case 0x0f:
		finish(resize());
		break;
	case 0x10:
		set_dx(0);
		finish(XMS_ERROR_UPPER);
		break;
	case 0x11:
		finish(XMS_ERROR_UPPER_HANDLE);
		break;
	default:
		finish(XMS_ERROR_FUNCTION);
		break;
	}
}

void xms_multiplex(void)
{
	if (al() == 0x00) {
		set_al(0x80);
	} else if (al() == 0x10) {
		set_es(SERVICE_SEGMENT);
		set_bx(STUB_XMS);
	}
}

/* The bytes from a physical address on; NULL: not all of them are memory. */
static uint8_t *physical(uint32_t address, uint32_t bytes)
{
	if (address <= MACHINE_BYTES && bytes <= MACHINE_BYTES - address) {
		return machine_memory() + address;
	}
	address -= MACHINE_BYTES;
	return address <= taken_kb * 1024 && bytes <= taken_kb * 1024 - address ? arena + address
										: NULL;
}

/* Of a segment descriptor at ES:SI + at. */
static uint32_t base(uint32_t at)
{
	return (peek32(es(), si() + at + 2) & 0xffffff) | (uint32_t)peek8(es(), si() + at + 7)
								  << 24;
}

void xms_move_physical(void)
{
	uint32_t bytes = cx() * 2u;
	const uint8_t *from = physical(base(0x10), bytes);
	uint8_t *to = physical(base(0x18), bytes);
	bool good = cx() <= 0x8000 && from != NULL && to != NULL;

	if (good) {
		memmove(to, from, bytes);
	}
	set_ah(good ? 0 : 2);
	machine_set_flag(FLAG_CARRY, !good);
	machine_set_flag(FLAG_ZERO, good);
}
