/* TEST: oracle=no */
/*
 * How tasks end that nobody looks after: this one goes on when a child's fault finds no handler.
 * With a word "what=..." of the boot script it ends itself instead, for
 * tests/system/test_reports.py: fault, deep, essential; or it writes to the screen's memory:
 * screen.
 */
#include "lib/harness.h"
#include <gen/device.h>
#include <gen/gnumach.h>
#include <gen/mach_host.h>
#include <gen/masix_host.h>

#define SELF    mach_task_self()
#define PAGE    0x1000u
#define SCREEN  0xb8000u
#define COLUMNS 80

/* Three functions whose names the report must show. */
static __attribute__((noinline)) void write_nowhere(volatile uint32_t *address)
{
	*address = 1;
	__asm__ volatile("");
}

static __attribute__((noinline)) void middle_of_the_fault(volatile uint32_t *address)
{
	write_nowhere(address);
	__asm__ volatile("");
}

static __attribute__((noinline)) void outermost_of_the_fault(void)
{
	middle_of_the_fault((volatile uint32_t *)0xdead0);
	__asm__ volatile("");
}

static int child(void *argument)
{
	(void)argument;
	outermost_of_the_fault();
	return 0;
}

/* The last thing that happens before the fault is a call with a name. */
static void end_by_fault(mach_port_t host)
{
	time_value_t time;

	(void)masix_trace_control(host, MASIX_TRACE_MESSAGES | MASIX_TRACE_FAULTS);
	(void)host_get_time(mach_host_self(), &time);
	outermost_of_the_fault();
}

/* A frame chain that leads into the kernel and into itself: the report ends all the same. */
static void end_by_fault_in_bad_frames(void)
{
	__asm__ volatile("movl $1f, %%ebp\n"
			 "movl $0, 0xdead0\n"
			 "1: .long 1b, 0xc0100000\n"
			 :
			 :
			 : "memory");
}

static void end_essential(void)
{
	(void)task_set_essential(SELF, TRUE);
	(void)task_terminate(SELF);
}

/* Row 20: blocks in light red. Row 21: letters, A B A, in white on black. */
static void write_screen(mach_port_t master)
{
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t pager = MACH_PORT_NULL;
	vm_address_t address = 0;
	volatile uint16_t *cells = NULL;

	if (device_open(master, D_READ | D_WRITE, "mem", &device) != D_SUCCESS ||
	    device_map(device, VM_PROT_READ | VM_PROT_WRITE, SCREEN, PAGE, &pager, 0) !=
		    D_SUCCESS ||
	    vm_map(SELF, &address, PAGE, 0, TRUE, pager, 0, FALSE, VM_PROT_READ | VM_PROT_WRITE,
		   VM_PROT_READ | VM_PROT_WRITE, VM_INHERIT_NONE) != KERN_SUCCESS) {
		mach_printf("screen: it cannot be mapped\n");
		return;
	}
	mach_printf("screen: mapped\n");
	cells = (volatile uint16_t *)address;
	for (int i = 0; i < COLUMNS; i++) {
		cells[20 * COLUMNS + i] = 0x0cdb;
		cells[21 * COLUMNS + i] = 0x0f20;
	}
	cells[21 * COLUMNS + 0] = 0x0f00 | 'A';
	cells[21 * COLUMNS + 1] = 0x0f00 | 'B';
	cells[21 * COLUMNS + 2] = 0x0f00 | 'A';
	mach_printf("screen: written\n");
	for (;;) {
		test_sleep_ms(100000);
	}
}

static void end_as_asked(int argc, char **argv)
{
	mach_port_t host = (mach_port_t)strtoul(argv[1], NULL, 10);
	mach_port_t master = (mach_port_t)strtoul(argv[2], NULL, 10);

	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "what=fault") == 0) {
			end_by_fault(host);
		} else if (strcmp(argv[i], "what=deep") == 0) {
			end_by_fault_in_bad_frames();
		} else if (strcmp(argv[i], "what=essential") == 0) {
			end_essential();
		} else if (strcmp(argv[i], "what=screen") == 0) {
			write_screen(master);
		}
	}
}

int main(int argc, char **argv)
{
	struct test_task task;
	mach_port_type_t type = 0;

	end_as_asked(argc, argv);
	test_begin(argc, argv, "ends");
	test_task_create(&task, child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	test_task_run(&task);
	/* The task's port dies with it. */
	CHECK(TEST_WAIT_UNTIL(mach_port_type(SELF, task.task, &type) == KERN_SUCCESS &&
			      (type & MACH_PORT_TYPE_DEAD_NAME) != 0));
	test_task_kill(&task);
	CHECK_KR(task_set_essential(SELF, TRUE), KERN_SUCCESS);
	CHECK_KR(task_set_essential(SELF, FALSE), KERN_SUCCESS);
	CHECK_KR(task_terminate(MACH_PORT_NULL), MACH_SEND_INVALID_DEST);
	test_end();
}
