/* From the boot loader's information to a running kernel. Multiboot specification 0.6.96, 3.3. */
#include <mach/machine/multiboot.h>

#include <i386/console.h>
#include <i386/descriptors.h>
#include <i386/fpu.h>
#include <i386/pic.h>
#include <i386/time.h>
#include <i386/v86.h>
#include <device/device.h>
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_space.h>
#include <kern/clock.h>
#include <kern/end_after.h>
#include <kern/panic.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <kern/zone.h>
#include <serv/bootstrap.h>
#include <vm/map.h>
#include <vm/page.h>
#include <vm/pmap.h>

#define LINEAR_BYTES (896u << 20) /* physical memory that the kernel can see (boot.S) */
#define LOW_BYTES    0x1000u      /* the BIOS's interrupt vectors and data */
#define USABLE_MAX   32u
#define TAKEN_MAX    (BOOT_MODULES_MAX + 2u)
#define TEXT_BYTES   8192u /* for the command line and all module lines */

extern char kernel_end[];
extern uint8_t boot_stack[]; /* KERNEL_STACK_BYTES of it (boot.S) */

static struct boot_info boot_info;
static char boot_text[TEXT_BYTES];
static uint32_t boot_text_used;
static struct vm_boot_range usable[USABLE_MAX], taken[TAKEN_MAX];
static uint32_t usable_count, taken_count;
static uint64_t beyond_bytes; /* memory that is there but out of sight */

static void *linear(uint32_t physical)
{
	return (void *)(physical + KERNEL_BASE);
}

/* The loader's texts lie in memory that will be given out: keep copies. */
static const char *keep_text(uint32_t physical)
{
	const char *from = linear(physical);
	char *kept = boot_text + boot_text_used;
	while (boot_text_used < TEXT_BYTES - 1) {
		char c = *from++;
		boot_text[boot_text_used++] = c;
		if (c == 0) {
			return kept;
		}
	}
	panic("boot: the kernel's and the modules' command lines are longer than %u bytes; shorten "
	      "them",
	      TEXT_BYTES);
}

static void add_usable(uint64_t base, uint64_t length)
{
	uint64_t end = base + length;
	if (end > LINEAR_BYTES) {
		beyond_bytes += end - (base > LINEAR_BYTES ? base : LINEAR_BYTES);
		end = LINEAR_BYTES;
	}
	if (base < LOW_BYTES) {
		base = LOW_BYTES;
	}
	if (base < end && usable_count < USABLE_MAX) {
		usable[usable_count++] = (struct vm_boot_range){(uint32_t)base, (uint32_t)end};
	}
}

static void add_taken(uint32_t start, uint32_t end)
{
	taken[taken_count++] = (struct vm_boot_range){page_trunc(start), page_round(end)};
}

static void find_memory(const struct multiboot_raw_info *info)
{
	if ((info->flags & MULTIBOOT_LOADER_MMAP) != 0) {
		uint32_t end = info->mmap_addr + info->mmap_length;
		for (uint32_t at = info->mmap_addr; at < end;) {
			const struct multiboot_raw_mmap_entry *entry = linear(at);
			if (entry->type == MB_ARD_MEMORY) {
				add_usable(entry->base_addr, entry->length);
			}
			at += entry->size + sizeof(entry->size);
		}
	} else {
		add_usable(0, (uint64_t)info->mem_lower << 10);
		add_usable(1u << 20, (uint64_t)info->mem_upper << 10);
	}
}

static void find_modules(const struct multiboot_raw_info *info)
{
	if ((info->flags & MULTIBOOT_LOADER_MODULES) == 0) {
		return;
	}
	if (info->mods_count > BOOT_MODULES_MAX) {
		panic("boot: %u modules given, at most %u can be taken", info->mods_count,
		      BOOT_MODULES_MAX);
	}
	const struct multiboot_raw_module *modules = linear(info->mods_addr);
	for (uint32_t i = 0; i < info->mods_count; i++) {
		struct boot_module *module = &boot_info.modules[boot_info.module_count++];
		module->start = modules[i].mod_start;
		module->end = modules[i].mod_end;
		module->line = keep_text(modules[i].string);
		if (module->start > module->end || module->end > LINEAR_BYTES) {
			panic("boot: module %u (%s) lies beyond the memory that the kernel can see",
			      i, module->line);
		}
		add_taken(module->start, module->end);
	}
}

/* Is it one of the words of the kernel's command line? */
static bool command_line_says(const char *word)
{
	uint32_t length = (uint32_t)__builtin_strlen(word);
	const char *at = boot_info.command_line;
	while (*at != 0) {
		uint32_t bytes = 0;
		while (at[bytes] != 0 && at[bytes] != ' ') {
			bytes++;
		}
		if (bytes == length && __builtin_memcmp(at, word, bytes) == 0) {
			return true;
		}
		at += bytes + (at[bytes] == ' ');
	}
	return false;
}

static void greet(void)
{
	kprintf("Masix: %u MiB of memory, %u boot module%s\n", vm_page_count >> 8,
		boot_info.module_count, boot_info.module_count == 1 ? "" : "s");
	if (beyond_bytes != 0) {
		kprintf("boot: %u MiB of memory lie above %u MiB and will not be used\n",
			(uint32_t)(beyond_bytes >> 20), LINEAR_BYTES >> 20);
	}
}

static void boot_thread(void *argument)
{
	(void)argument;
	greet();
	bootstrap_start(&boot_info);
	if (command_line_says("panic-test")) {
		panic("the command line asks for a panic, to see what one looks like (panic-test)");
	}
	thread_exit_self();
}

void i386_main(uint32_t info_physical);
void i386_main(uint32_t info_physical)
{
	console_init();
	const struct multiboot_raw_info *info = linear(info_physical);
	boot_info.command_line =
		(info->flags & MULTIBOOT_LOADER_CMDLINE) != 0 ? keep_text(info->cmdline) : "";
	panic_reboots = command_line_says("panic-reboot");
	if (command_line_says("trace-messages")) {
		trace_mask |= 1u << TRACE_SEND | 1u << TRACE_RECEIVE | 1u << TRACE_KERNEL_RPC;
	}
	find_memory(info);
	add_taken(1u << 20, (uint32_t)kernel_end - KERNEL_BASE);
	find_modules(info);

	vm_page_bootstrap(usable, usable_count, taken, taken_count);
	zone_bootstrap();
	descriptors_init();
	pic_init();
	pmap_init();
	vm_init();
	fpu_init();
	v86_init();
	clock_init();
	time_init();
	sched_init();
	ipc_init();
	ipc_kmsg_init();
	task_init();
	kernel_task->map = kernel_map;
	thread_init();
	current = thread_create_boot(boot_stack);
	machine_boot_thread_init(current);
	end_after_init();
	(void)thread_create_kernel("boot", boot_thread, NULL, 0);
	sched_idle();
}
