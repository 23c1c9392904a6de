/* stat_core.h */
#include "stat_core.h"
#include "../shared/errors.h"

#define OUR_DEVICE  1u
#define BLOCK_BYTES 4096u
#define STATX_BASIC 0x7ffu
#define NS	    1000000000

/* Linux's encoding of a device number in 32 bits: minor 7..0, major 19..8, minor 31..12. */
static uint32_t device_of(uint64_t device)
{
	uint32_t major = (uint32_t)(device >> 32);
	uint32_t minor = (uint32_t)device;

	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffu) << 12;
}

static uint32_t seconds_of(int64_t ns)
{
	int64_t seconds = ns / NS;

	return (uint32_t)(ns % NS < 0 ? seconds - 1 : seconds);
}

static uint32_t rest_of(int64_t ns)
{
	int64_t rest = ns % NS;

	return (uint32_t)(rest < 0 ? rest + NS : rest);
}

void stat64_fill(const struct file_attributes *from, struct linux_stat64 *to)
{
	*to = (struct linux_stat64){
		.device = OUR_DEVICE,
		.number32 = (uint32_t)from->number,
		.number = from->number,
		.mode = from->mode,
		.links = from->links,
		.uid = from->uid,
		.gid = from->gid,
		.of_device = device_of(from->device),
		.size = (int64_t)from->size,
		.block_bytes = BLOCK_BYTES,
		.blocks = from->blocks,
		.access = seconds_of(from->access_ns),
		.access_ns = rest_of(from->access_ns),
		.modify = seconds_of(from->modify_ns),
		.modify_ns = rest_of(from->modify_ns),
		.change = seconds_of(from->change_ns),
		.change_ns = rest_of(from->change_ns),
	};
}

int stat_fill(const struct file_attributes *from, struct linux_stat *to)
{
	if (from->size > 0x7fffffff) {
		return -EOVERFLOW;
	}
	*to = (struct linux_stat){
		.device = OUR_DEVICE,
		.number = (uint32_t)from->number,
		.mode = (uint16_t)from->mode,
		.links = (uint16_t)from->links,
		.uid = (uint16_t)from->uid,
		.gid = (uint16_t)from->gid,
		.of_device = device_of(from->device),
		.size = (uint32_t)from->size,
		.block_bytes = BLOCK_BYTES,
		.blocks = (uint32_t)from->blocks,
		.access = seconds_of(from->access_ns),
		.access_ns = rest_of(from->access_ns),
		.modify = seconds_of(from->modify_ns),
		.modify_ns = rest_of(from->modify_ns),
		.change = seconds_of(from->change_ns),
		.change_ns = rest_of(from->change_ns),
	};
	return 0;
}

static struct linux_statx_time time_of(int64_t ns)
{
	return (struct linux_statx_time){ .seconds = (int32_t)seconds_of(ns),
					  .nanoseconds = rest_of(ns) };
}

void statx_fill(const struct file_attributes *from, struct linux_statx *to)
{
	*to = (struct linux_statx){
		.mask = STATX_BASIC,
		.block_bytes = BLOCK_BYTES,
		.links = from->links,
		.uid = from->uid,
		.gid = from->gid,
		.mode = (uint16_t)from->mode,
		.number = from->number,
		.size = from->size,
		.blocks = from->blocks,
		.access = time_of(from->access_ns),
		.modify = time_of(from->modify_ns),
		.change = time_of(from->change_ns),
		.of_major = (uint32_t)(from->device >> 32),
		.of_minor = (uint32_t)from->device,
		.minor = OUR_DEVICE,
	};
}
