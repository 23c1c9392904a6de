/* The table of names: the smallest free name, names far out, growth, and memory given back.
   LINK: kernel/ipc/ipc_right_core.c kernel/ipc/ipc_right.c kernel/ipc/ipc_port_ops.c
   kernel/ipc/ipc_port_status.c kernel/ipc/ipc_request.c kernel/ipc/ipc_port.c kernel/ipc/ipc_pset.c
   kernel/ipc/ipc_notify.c kernel/ipc/ipc_entry.c kernel/ipc/ipc_hash.c kernel/ipc/ipc_space.c */
#include "tap.h"

#include "ipc_fakes.h"

#define NEAR 4000u /* names below are in the bitmap */
#define FAR  16u

static struct ipc_space *space;
static bool used[NEAR];
static const uint32_t far_names[FAR] = {
	4001,   4002,    5000,       8191,       8192,       70000,      524287,     524288,
	524289, 1000000, 0x7fffffff, 0x80000000, 0xffffffe0, 0xfffffffc, 0xfffffffd, 0xfffffffe};
static bool far_used[FAR];

static void deliver(struct ipc_kmsg *kmsg)
{
	(void)kmsg;
	abort(); /* no notification is due here */
}

static void destroy_message(struct ipc_kmsg *kmsg)
{
	(void)kmsg;
	abort(); /* no queue ever holds one */
}

static void begin(void)
{
	if (ipc_space_create(NULL, &space) != KERN_SUCCESS) {
		abort();
	}
	memset(used, 0, sizeof(used));
	memset(far_used, 0, sizeof(far_used));
}

static void end(void)
{
	ipc_space_destroy(space);
	ipc_space_release(space);
}

static uint32_t smallest(void)
{
	uint32_t name = 1;
	while (name < NEAR - 1 && used[name]) {
		name++;
	}
	return name;
}

static bool far_step(uint64_t r)
{
	uint32_t i = (uint32_t)(r >> 20) % FAR;
	uint32_t type, to = 1 + (uint32_t)(r >> 30) % (NEAR - 1);
	if (!far_used[i]) {
		far_used[i] = true;
		return ipc_port_allocate_name(space, MACH_PORT_RIGHT_DEAD_NAME, far_names[i]) ==
		       KERN_SUCCESS;
	}
	if (ipc_port_type(space, far_names[i], &type) != KERN_SUCCESS ||
	    type != MACH_PORT_TYPE_DEAD_NAME ||
	    ipc_port_allocate_name(space, MACH_PORT_RIGHT_PORT_SET, far_names[i]) !=
		    KERN_NAME_EXISTS) {
		return false;
	}
	if ((r & 64) != 0) {
		kern_return_t result = ipc_port_rename(space, far_names[i], to);
		if (used[to]) {
			return result == KERN_NAME_EXISTS;
		}
		used[to] = true;
		far_used[i] = false;
		return result == KERN_SUCCESS &&
		       ipc_port_type(space, far_names[i], &type) == KERN_INVALID_NAME;
	}
	far_used[i] = false;
	return ipc_port_destroy_name(space, far_names[i]) == KERN_SUCCESS;
}

static bool near_step(uint64_t r, bool filling)
{
	uint32_t name = 1 + (uint32_t)(r >> 20) % (NEAR - 1);
	uint32_t got = 0, type;
	bool all_used = smallest() == NEAR - 1;
	if (((r & 3) != 0) == filling && !all_used) {
		uint32_t expected = smallest();
		used[expected] = true;
		return ipc_port_allocate(space, MACH_PORT_RIGHT_DEAD_NAME, &got) == KERN_SUCCESS &&
		       got == expected;
	}
	bool was = used[name];
	if ((r & 7) == 7 && !was) {
		used[name] = true;
		return ipc_port_allocate_name(space, MACH_PORT_RIGHT_DEAD_NAME, name) ==
		       KERN_SUCCESS;
	}
	used[name] = false;
	return ipc_port_type(space, name, &type) == (was ? KERN_SUCCESS : KERN_INVALID_NAME) &&
	       ipc_port_destroy_name(space, name) == (was ? KERN_SUCCESS : KERN_INVALID_NAME);
}

static bool names_agree(void)
{
	uint32_t *names, *types, count, expected = 0;
	for (uint32_t i = 1; i < NEAR; i++) {
		expected += used[i];
	}
	for (uint32_t i = 0; i < FAR; i++) {
		expected += far_used[i];
	}
	if (ipc_port_names(space, &names, &types, &count) != KERN_SUCCESS || count != expected) {
		return false;
	}
	bool good = true;
	for (uint32_t i = 0; i < count; i++) {
		bool found = names[i] < NEAR && used[names[i]];
		for (uint32_t k = 0; k < FAR; k++) {
			found |= far_used[k] && far_names[k] == names[i];
		}
		good &= found && types[i] == MACH_PORT_TYPE_DEAD_NAME;
	}
	if (count != 0) {
		kfree(names, count * 4);
		kfree(types, count * 4);
	}
	return good;
}

static void test_random(uint64_t seed)
{
	uint64_t state = seed;
	unsigned empty = fake_in_use;
	bool good = true, listed = true;
	begin();
	for (unsigned i = 0; i < 60000 && good; i++) {
		uint64_t r = tap_random(&state);
		good = (r >> 60) == 0 ? far_step(r) : near_step(r, (i / 10000) % 2 == 0);
		listed &= i % 1000 != 0 || names_agree();
	}
	CHECK(good, "60000 random steps take the smallest free name, seed %llu",
	      (unsigned long long)seed);
	CHECK(listed, "all names are listed, and no others");
	end();
	CHECK(fake_in_use == empty, "the space leaves nothing behind (%u blocks)",
	      fake_in_use - empty);
}

/* Order of destruction after a storm: up, down, and odd names before even ones. */
static void test_storm(int order)
{
	const uint32_t storm = 60000;
	uint32_t name = 0;
	bool good = true;
	begin();
	unsigned quiet = fake_in_use;
	for (uint32_t i = 1; i <= storm; i++) {
		good &= ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &name) == KERN_SUCCESS &&
			name == i;
	}
	for (uint32_t i = 1; i <= storm; i++) {
		name = order == 0       ? i
		       : order == 1     ? storm + 1 - i
		       : i <= storm / 2 ? 2 * i - 1
					: 2 * (i - storm / 2);
		good &= ipc_port_destroy_name(space, name) == KERN_SUCCESS;
	}
	CHECK(good, "%u names made and destroyed, order %d", storm, order);
	CHECK(fake_in_use == quiet && space->leaf_count == IPC_TABLE_LEAVES_MIN,
	      "which leaves nothing: %u blocks, %u leaves", fake_in_use - quiet, space->leaf_count);
	end();
}

static void test_caps(void)
{
	uint32_t name, made = 0;
	begin();
	while (ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &name) == KERN_SUCCESS) {
		made++;
	}
	CHECK(made == IPC_PORTS_MAX, "ports end at their cap: %u", made);
	uint32_t before = space->entry_count;
	CHECK(ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &name) == KERN_RESOURCE_SHORTAGE &&
		      space->entry_count == before,
	      "the next is refused, and takes no name");
	CHECK(ipc_port_allocate(space, MACH_PORT_RIGHT_DEAD_NAME, &name) == KERN_SUCCESS &&
		      name == made + 1,
	      "names that need no port can still be made");
	uint32_t *names, *types, count;
	CHECK(ipc_port_names(space, &names, &types, &count) == KERN_RESOURCE_SHORTAGE,
	      "too many names to list are refused");
	uint32_t more = 0;
	while (ipc_port_allocate_name(space, MACH_PORT_RIGHT_DEAD_NAME, 0x10000000u + more * 32) ==
	       KERN_SUCCESS) {
		more++;
	}
	CHECK(more == IPC_LEAVES_MAX - (made + 1) / 32 - 1,
	      "leaves end at their cap: %u scattered names", more);
	CHECK(ipc_port_rename(space, 1, 0x90000000u) == KERN_RESOURCE_SHORTAGE,
	      "rename without memory is refused");
	CHECK(ipc_port_type(space, 1, &name) == KERN_SUCCESS, "and the old name is still there");
	end();
}

/* Each step of a small program with its n-th allocation refused: the same objects are in use
   afterwards. */
static void test_refusals(void)
{
	bool good = true;
	uint32_t name;
	begin();
	for (uint32_t i = 0; i < 255; i++) {
		(void)ipc_port_allocate(space, MACH_PORT_RIGHT_DEAD_NAME, &name);
	}
	/* The 256th name: the array grows (and stays grown), then leaf, then port. */
	static const int fails[] = {1, 2, 1, 2};
	for (unsigned i = 0; i < 4; i++) {
		unsigned before = fake_in_use;
		uint32_t entries = space->entry_count;
		fake_fail_countdown = fails[i];
		fake_failed = false;
		kern_return_t result = ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &name);
		fake_fail_countdown = 0;
		good &= fake_failed && result == KERN_RESOURCE_SHORTAGE && fake_in_use == before &&
			space->entry_count == entries;
	}
	good &= ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &name) == KERN_SUCCESS &&
		name == 256;
	CHECK(good, "an allocation refused at any point leaves the space as it was");
	struct ipc_space *other;
	for (int fail = 1; fail <= 3; fail++) {
		unsigned before = fake_in_use;
		fake_fail_countdown = fail;
		good &= ipc_space_create(NULL, &other) == KERN_RESOURCE_SHORTAGE &&
			fake_in_use == before;
	}
	fake_fail_countdown = 0;
	CHECK(good, "so does a space that cannot be made");
	end();
}

int main(int argc, char **argv)
{
	ipc_init();
	test_random(argc > 1 ? strtoull(argv[1], NULL, 0) : 20261121);
	test_storm(0);
	test_storm(1);
	test_storm(2);
	test_caps();
	test_refusals();
	return tap_done();
}
