/* TEST: oracle=yes */
/* Devices: opening, writing and reading the console, mapping the time, names that are none. */
#include "lib/harness.h"
#include <gen/device.h>
#include <gen/mach_host.h>

#define SELF mach_task_self()

static void check_console(void)
{
	static char text[IO_INBAND_MAX] = "# by device_write_inband\r\n";
	mach_port_t device = MACH_PORT_NULL;
	int written = 0;
	vm_address_t memory = 0;

	CHECK_KR(device_open(device_master, D_READ | D_WRITE, "console", &device), KERN_SUCCESS);
	CHECK_KR(device_write_inband(device, 0, 0, text, 26, &written), KERN_SUCCESS);
	CHECK_EQ(written, 26);
	NEED_KR(vm_allocate(SELF, &memory, 0x1000, TRUE));
	memcpy((void *)memory, "# by device_write, out of line\r\n", 32);
	CHECK_KR(device_write(device, 0, 0, (io_buf_ptr_t)memory, 32, &written), KERN_SUCCESS);
	CHECK_EQ(written, 32);
	NEED_KR(vm_deallocate(SELF, memory, 0x1000));
	CHECK_KR(device_close(device), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, device));
}

static void check_refused(void)
{
	mach_port_t device = MACH_PORT_NULL;

	CHECK_KR(device_open(device_master, D_READ, "nosuchdevice", &device), D_NO_SUCH_DEVICE);
	CHECK_KR(device_open(device_master, D_READ, "", &device), D_NO_SUCH_DEVICE);
	CHECK(device_open(host_priv, D_READ, "console", &device) != KERN_SUCCESS);
	CHECK(device_open(SELF, D_READ, "console", &device) != KERN_SUCCESS);
}

/* The clock as memory: seconds and microseconds, as host_get_time tells. */
static void check_time(void)
{
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t pager = MACH_PORT_NULL;
	vm_address_t address = 0;
	time_value_t time = {0, 0};
	volatile int32_t *mapped = NULL;
	int32_t before = 0;

	CHECK_KR(device_open(device_master, D_READ, "time", &device), KERN_SUCCESS);
	CHECK_KR(device_map(device, VM_PROT_READ, 0, 0x1000, &pager, 0), KERN_SUCCESS);
	CHECK_KR(vm_map(SELF, &address, 0x1000, 0, TRUE, pager, 0, FALSE, VM_PROT_READ,
			VM_PROT_READ, VM_INHERIT_NONE),
		 KERN_SUCCESS);
	mapped = (volatile int32_t *)address;
	NEED_KR(host_get_time(mach_host_self(), &time));
	CHECK(mapped[0] - time.seconds <= 1 && time.seconds - mapped[0] <= 1);
	before = mapped[1];
	CHECK(TEST_WAIT_UNTIL(mapped[1] != before));
	NEED_KR(vm_deallocate(SELF, address, 0x1000));
	NEED_KR(mach_port_deallocate(SELF, pager));
	CHECK_KR(device_close(device), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, device));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "device_console");
	check_console();
	check_refused();
	check_time();
	test_end();
}
