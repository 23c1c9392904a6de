/* The harness: TAP, and the life of a test program. */
#include "harness.h"
#include "tasks.h"
#include "zones.h"
#include <gen/mach_host.h>

mach_port_t host_priv;
mach_port_t device_master;

static int checks_made;
static int checks_failed;
static int argument_count;
static char **arguments;

static const char *group_text; /* null: no group */
static int group_failures;
static boolean_t in_child;
static int child_failures;
static int names_at_begin;

/* ------------------------------------------------------------------------------------ output */

void test_note(const char *format, ...)
{
	char text[240];
	va_list list;

	va_start(list, format);
	mach_vsnprintf(text, sizeof text, format, list);
	va_end(list);
	mach_printf("# %s\n", text);
}

static const char *file_name(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++) {
		if (*path == '/') {
			name = path + 1;
		}
	}
	return name;
}

static void print_result(boolean_t passed, const char *text)
{
	checks_made++;
	if (!passed) {
		checks_failed++;
	}
	mach_printf("%sok %d - %s\n", passed ? "" : "not ", checks_made, text);
}

/* Counts one check; true when the caller has to explain a failure. */
static boolean_t count_check(boolean_t passed, const char *text)
{
	if (in_child) {
		child_failures += !passed;
	} else if (group_text != NULL) {
		group_failures += !passed;
	} else {
		print_result(passed, text);
	}
	return !passed;
}

boolean_t test_check(boolean_t passed, const char *text, const char *file, int line)
{
	if (count_check(passed, text)) {
		mach_printf("#   %s:%d: %s%s\n", file_name(file), line, in_child ? "child: " : "",
			    text);
	}
	return passed;
}

boolean_t test_check_eq(uint32_t got, uint32_t expected, const char *text, const char *file,
			int line)
{
	if (count_check(got == expected, text)) {
		mach_printf("#   %s:%d: %s%s\n#   expected 0x%x (%d), got 0x%x (%d)\n",
			    file_name(file), line, in_child ? "child: " : "", text, expected,
			    (int)expected, got, (int)got);
	}
	return got == expected;
}

static const char *code_name(kern_return_t code)
{
	const char *name = mach_error_name(code);

	return name != NULL ? name : "no known code";
}

boolean_t test_check_kr(kern_return_t got, kern_return_t expected, const char *text,
			const char *file, int line)
{
	if (count_check(got == expected, text)) {
		mach_printf("#   %s:%d: %s%s\n#   expected 0x%x (%s), got 0x%x (%s)\n",
			    file_name(file), line, in_child ? "child: " : "", text,
			    (unsigned int)expected, code_name(expected), (unsigned int)got,
			    code_name(got));
	}
	return got == expected;
}

void test_group_begin(const char *text)
{
	group_text = text;
	group_failures = 0;
}

boolean_t test_group_end(void)
{
	print_result(group_failures == 0, group_text);
	if (group_failures != 0) {
		test_note("  %d checks of the group failed", group_failures);
	}
	group_text = NULL;
	return group_failures == 0;
}

void test_skip(const char *text, const char *reason)
{
	checks_made++;
	mach_printf("ok %d - %s # SKIP %s\n", checks_made, text, reason);
}

static void reboot(void) __attribute__((noreturn));

static void reboot(void)
{
	for (;;) {
		(void)host_reboot(host_priv, 0);
		test_note("the machine did not reboot");
		test_sleep_ms(1000);
	}
}

void test_bail_out(const char *format, ...)
{
	char text[240];
	va_list list;

	va_start(list, format);
	mach_vsnprintf(text, sizeof text, format, list);
	va_end(list);
	mach_printf("Bail out! %s\n", text);
	reboot();
}

void test_need(kern_return_t got, const char *text, const char *file, int line)
{
	if (got == KERN_SUCCESS) {
		return;
	}
	if (in_child) {
		/* The child has no host port: its parent sees that it does not end. */
		mach_printf("#   %s:%d: child: %s failed: %s\n", file_name(file), line, text,
			    mach_error_string(got));
		mach_exit();
	}
	test_bail_out("%s:%d: %s failed: %s", file_name(file), line, text, mach_error_string(got));
}

int test_child_failures(void)
{
	return child_failures;
}

void test_become_child(void)
{
	in_child = TRUE;
	child_failures = 0;
	group_text = NULL;
}

/* -------------------------------------------------------------------------- beginning and end */

const char *test_argument(const char *name)
{
	size_t length = strlen(name);

	for (int i = 1; i < argument_count; i++) {
		if (strncmp(arguments[i], name, length) == 0 && arguments[i][length] == '=') {
			return arguments[i] + length + 1;
		}
	}
	return NULL;
}

/*
 * The guard: a thread that receives the exceptions of this task that no test asked for, says what
 * happened and reboots.  It has no end.
 */
static void guard(void *argument)
{
	mach_port_t port = *(mach_port_t *)argument;
	struct test_exception message;
	struct i386_thread_state state = {0};
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	while (test_exception_receive(port, &message, 0) != MACH_MSG_SUCCESS) {
	}
	(void)thread_get_state(message.thread, i386_THREAD_STATE, (thread_state_t)&state, &count);
	test_bail_out("exception %d code 0x%x subcode 0x%x at eip 0x%x esp 0x%x ebp 0x%x",
		      message.exception, (unsigned int)message.code, (unsigned int)message.subcode,
		      state.eip, state.uesp, state.ebp);
}

static void start_guard(void)
{
	static struct test_thread thread;
	static mach_port_t port;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(task_set_special_port(mach_task_self(), TASK_EXCEPTION_PORT, port));
	NEED_KR(mach_port_deallocate(mach_task_self(), port));
	test_thread_start(&thread, guard, &port);
	test_wait_blocked(thread.port);
}

/* How many names this task has; fewer than none: they cannot be read. */
static int count_names(boolean_t tell)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t names_count = 0;
	mach_msg_type_number_t types_count = 0;

	if (mach_port_names(mach_task_self(), &names, &names_count, &types, &types_count) !=
	    KERN_SUCCESS) {
		return -1;
	}
	for (mach_msg_type_number_t i = 0; tell && i < names_count; i++) {
		test_note("  name %u type 0x%x", (unsigned int)names[i], types[i]);
	}
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)names,
			      names_count * sizeof names[0]));
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)types,
			      types_count * sizeof types[0]));
	return (int)names_count;
}

/*
 * Touches every page of the zero-filled data, the first stack among them, so that what the kernel
 * keeps for them does not grow while the test runs.
 */
static void touch_memory(void)
{
	extern char __bss_start[]; /* from the linker; .bss proper is aligned as stacks are */
	extern char _end[];
	vm_address_t start = ((vm_address_t)__bss_start + MACH_STACK_SIZE - 1) &
			     ~(vm_address_t)(MACH_STACK_SIZE - 1);

	for (volatile char *at = (char *)start; at < _end; at += 4096) {
		*at = *at;
	}
}

void test_begin(int argc, char **argv, const char *name)
{
	argument_count = argc;
	arguments = argv;
	if (argc < 3) {
		test_note("usage: %s HOST-PORT DEVICE-PORT [name=value]...", name);
		mach_exit();
	}
	host_priv = strtoul(argv[1], NULL, 10);
	device_master = strtoul(argv[2], NULL, 10);
	if (test_argument("gate") != NULL && strcmp(test_argument("gate"), "lcall") == 0) {
		mach_gate = mach_gate_lcall;
	}
	mach_print("\n"); /* the kernel may have left its own line open */
	test_note("test %s, gate %s", name, mach_gate == mach_gate_lcall ? "lcall" : "sysenter");
	touch_memory();
	start_guard();
	names_at_begin = count_names(FALSE);
	if (mach_kernel_is_masix) {
		test_zones_remember(host_priv);
	}
}

static void check_names(void)
{
	int names = count_names(FALSE);

	print_result(names == names_at_begin, "names at baseline");
	if (names != names_at_begin) {
		test_note("  %d names at the beginning, now %d:", names_at_begin, names);
		(void)count_names(TRUE);
	}
}

static void check_baseline(void)
{
	static const char text[] = "objects at baseline";

	if (!mach_kernel_is_masix) {
		test_skip(text, "zones: this kernel does not count them for us");
		return;
	}
	/* Ended threads are given back by the kernel's own threads: let those come to rest. */
	for (int tries = 0; tries < 50 && !test_zones_at_baseline(host_priv, FALSE); tries++) {
		test_sleep_ms(20);
	}
	print_result(test_zones_at_baseline(host_priv, TRUE), text);
}

void test_end(void)
{
	check_names();
	check_baseline();
	mach_printf("1..%d\n", checks_made);
	if (checks_failed != 0) {
		test_note("%d of %d checks failed", checks_failed, checks_made);
	}
	reboot();
}
