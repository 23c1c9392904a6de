/* TEST: oracle=no */
/* Tasks that end with another (masix_task_end_with): all of them, what they made, and nobody else.
 */
#include "lib/harness.h"
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>

#define SELF mach_task_self()

static mach_port_t make(mach_port_t parent)
{
	mach_port_t task = MACH_PORT_NULL;

	NEED_KR(task_create(parent, FALSE, &task));
	return task;
}

static boolean_t is_dead(mach_port_t task)
{
	mach_port_type_t type = 0;

	NEED_KR(mach_port_type(SELF, task, &type));
	return type == MACH_PORT_TYPE_DEAD_NAME;
}

int main(int argc, char **argv)
{
	mach_port_t keeper = MACH_PORT_NULL, other = MACH_PORT_NULL;
	mach_port_t kept[3], child = MACH_PORT_NULL;

	test_begin(argc, argv, "masix_keeper");
	keeper = make(SELF);
	other = make(SELF);
	for (int i = 0; i < 3; i++) {
		kept[i] = make(SELF);
		CHECK_KR(masix_task_end_with(kept[i], keeper), KERN_SUCCESS);
	}
	child = make(kept[0]);
	CHECK_KR(masix_task_end_with(keeper, kept[0]), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_end_with(other, kept[0]), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_end_with(keeper, other), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_end_with(other, other), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_end_with(other, host_priv), KERN_INVALID_ARGUMENT);
	NEED_KR(task_terminate(kept[1]));
	CHECK(is_dead(kept[1]) && !is_dead(keeper) && !is_dead(kept[0]));
	NEED_KR(task_terminate(keeper));
	CHECK(is_dead(keeper) && is_dead(kept[0]) && is_dead(kept[2]) && is_dead(child));
	CHECK(!is_dead(other));
	CHECK_KR(masix_task_end_with(other, keeper), KERN_INVALID_ARGUMENT);
	NEED_KR(task_terminate(other));
	for (int i = 0; i < 3; i++) {
		NEED_KR(mach_port_deallocate(SELF, kept[i]));
	}
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(mach_port_deallocate(SELF, keeper));
	NEED_KR(mach_port_deallocate(SELF, other));
	test_end();
}
