/* The processor's tables. See descriptors.h and design, section 4, "Descriptors". */
#include <i386/cpu.h>
#include <i386/descriptors.h>
#include <kern/panic.h>

/* Access bytes: present, ring, and type (SDM vol. 3, 3.4.5). */
#define ACCESS_CODE      0x9a
#define ACCESS_DATA      0x92
#define ACCESS_RING3     0x60
#define ACCESS_TSS       0x89
#define ACCESS_LDT       0x82
#define ACCESS_CALL_GATE 0x8c
#define ACCESS_INT_GATE  0x8e
#define ACCESS_TASK_GATE 0x85

#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define CPUID_SEP        (1u << 11)

#define IDT_ENTRIES      256
#define IO_BITMAP_OFFSET sizeof(struct tss)

struct tss {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2;
	uint32_t cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt;
	uint16_t trace, io_base;
};
_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3, 7.2.1");

/* SYSENTER's stack pointer is &tss.esp0. A single step into entry_sysenter pushes three words below
   that, and its handler nothing more, so `spare` is all the stack there ever is here. */
struct tss_block {
	uint32_t spare[62];
	struct tss tss;
	uint8_t io_bitmap[MACHINE_IO_BITMAP_BYTES +
			  1]; /* the processor reads one byte past the end */
};
struct tss_block tss_block __attribute__((aligned(8)));
_Static_assert(offsetof(struct tss_block, tss.esp0) == 252, "the next line says so too");
__asm__(".globl tss_esp0\n.set tss_esp0, tss_block + 252");

static struct segment_descriptor gdt[GDT_ENTRIES] __attribute__((aligned(8)));
static struct segment_descriptor ldt[LDT_ENTRIES] __attribute__((aligned(8)));
static struct segment_descriptor idt[IDT_ENTRIES] __attribute__((aligned(8)));

static struct tss double_fault_tss;
static uint8_t double_fault_stack[2048] __attribute__((aligned(16)));
static const void *io_bitmap_loaded;
bool machine_has_sysenter;

extern const uint32_t trap_entries[20], interrupt_entries[16];
void trap_128(void);
void entry_lcall(void);
void entry_sysenter(void);
void entry_double_fault(void);

static struct segment_descriptor segment(uint32_t base, uint32_t limit, uint8_t access,
					 uint8_t flags)
{
	return (struct segment_descriptor){
		.low = (limit & 0xffffu) | (base << 16),
		.high = ((base >> 16) & 0xffu) | ((uint32_t)access << 8) | (limit & 0xf0000u) |
			((uint32_t)flags << 20) | (base & 0xff000000u),
	};
}

/* 32-bit, page granular, 0 to 4 GB. */
static struct segment_descriptor flat(uint8_t access)
{
	return segment(0, 0xfffff, access, 0xc);
}

static struct segment_descriptor gate(uint32_t offset, uint8_t access)
{
	return (struct segment_descriptor){
		.low = (offset & 0xffffu) | (KERNEL_CS << 16),
		.high = (offset & 0xffff0000u) | ((uint32_t)access << 8),
	};
}

static void fill_gdt(void)
{
	gdt[KERNEL_CS >> 3] = flat(ACCESS_CODE);
	gdt[KERNEL_DS >> 3] = flat(ACCESS_DATA);
	gdt[USER_FLAT_CS >> 3] = flat(ACCESS_CODE | ACCESS_RING3);
	gdt[USER_FLAT_DS >> 3] = flat(ACCESS_DATA | ACCESS_RING3);
	gdt[LINUX_CS >> 3] = flat(ACCESS_CODE | ACCESS_RING3);
	gdt[LINUX_DS >> 3] = flat(ACCESS_DATA | ACCESS_RING3);
	gdt[TSS_SELECTOR >> 3] =
		segment((uint32_t)&tss_block.tss, sizeof(struct tss) + MACHINE_IO_BITMAP_BYTES,
			ACCESS_TSS, 0);
	gdt[LDT_SELECTOR >> 3] = segment((uint32_t)ldt, sizeof(ldt) - 1, ACCESS_LDT, 0);
	gdt[DF_TSS_SELECTOR >> 3] =
		segment((uint32_t)&double_fault_tss, sizeof(struct tss) - 1, ACCESS_TSS, 0);
	ldt[USER_SCALL >> 3] = gate((uint32_t)entry_lcall, ACCESS_CALL_GATE | ACCESS_RING3);
	ldt[USER_CS >> 3] = flat(ACCESS_CODE | ACCESS_RING3);
	ldt[USER_DS >> 3] = flat(ACCESS_DATA | ACCESS_RING3);
}

static void fill_idt(void)
{
	for (uint32_t vector = 0; vector < 20; vector++) {
		if (trap_entries[vector] != 0) {
			bool user = vector == 3 || vector == 4; /* int3 and into are for users */
			idt[vector] = gate(trap_entries[vector],
					   ACCESS_INT_GATE | (user ? ACCESS_RING3 : 0));
		}
	}
	idt[8].low = DF_TSS_SELECTOR << 16;
	idt[8].high = ACCESS_TASK_GATE << 8;
	for (uint32_t line = 0; line < 16; line++) {
		idt[0x20 + line] = gate(interrupt_entries[line], ACCESS_INT_GATE);
	}
	idt[0x80] = gate((uint32_t)trap_128, ACCESS_INT_GATE | ACCESS_RING3);
}

static void fill_tss(void)
{
	struct tss *tss = &tss_block.tss;
	tss->ss0 = KERNEL_DS;
	tss->io_base = 0xffff; /* beyond the limit: no port for users */
	__builtin_memset(tss_block.io_bitmap, 0xff, sizeof(tss_block.io_bitmap));
	struct tss *df = &double_fault_tss;
	__asm__ volatile("movl %%cr3, %0" : "=r"(df->cr3));
	df->eip = (uint32_t)entry_double_fault;
	df->eflags = EFL_ONE;
	df->esp = (uint32_t)(double_fault_stack + sizeof(double_fault_stack));
	df->cs = KERNEL_CS;
	df->ss = df->ds = df->es = KERNEL_DS;
	df->io_base = 0xffff;
}

static void load_tables(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint32_t base;
	} pointer = {sizeof(gdt) - 1, (uint32_t)gdt};
	__asm__ volatile("lgdt %0\n\t"
			 "ljmp %1, $1f\n1:\t"
			 "movl %2, %%ds\n\t"
			 "movl %2, %%es\n\t"
			 "movl %2, %%ss\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs"
			 :
			 : "m"(pointer), "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0)
			 : "memory");
	pointer.limit = sizeof(idt) - 1;
	pointer.base = (uint32_t)idt;
	__asm__ volatile("lidt %0" : : "m"(pointer));
	__asm__ volatile("lldt %w0" : : "r"(LDT_SELECTOR));
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
}

void descriptors_init(void)
{
	fill_gdt();
	fill_idt();
	fill_tss();
	load_tables();
	uint32_t eax, ebx, ecx, edx;
	cpu_id(1, &eax, &ebx, &ecx, &edx);
	machine_has_sysenter = (edx & CPUID_SEP) != 0;
	if (machine_has_sysenter) {
		cpu_write_msr(MSR_SYSENTER_CS, KERNEL_CS);
		cpu_write_msr(MSR_SYSENTER_ESP, (uint32_t)&tss_block.tss.esp0);
		cpu_write_msr(MSR_SYSENTER_EIP, (uint32_t)entry_sysenter);
	}
}

void descriptors_load_thread(const struct machine_thread *machine)
{
	for (uint32_t i = 0; i < 3; i++) {
		gdt[(TLS_SELECTOR_0 >> 3) + i] = machine->tls[i];
	}
	gdt[USER_GDT_0 >> 3] = machine->user_gdt[0];
	gdt[(USER_GDT_0 >> 3) + 1] = machine->user_gdt[1];
}

/* From virtual-8086 mode the processor pushes four words before ss, which therefore lies where it
   always does. SYSENTER works in that mode too, but would leave other segment registers behind than
   a gate does: with this MSR 0 it is a protection fault (SDM vol. 2, SYSENTER). */
void descriptors_load_mode(const struct machine_thread *machine)
{
	tss_esp0 = (uint32_t)(machine->frame + 1) + (machine->v86_mode ? V86_SEGMENTS_BYTES : 0);
	if (machine_has_sysenter) {
		cpu_write_msr(MSR_SYSENTER_CS, machine->v86_mode ? 0 : KERNEL_CS);
	}
}

bool descriptor_is_harmless(struct segment_descriptor descriptor)
{
	if (descriptor.low == 0 && descriptor.high == 0) {
		return true;
	}
	uint32_t access = (descriptor.high >> 8) & 0xffu;
	bool present = (access & 0x80u) != 0;
	bool ring3 = (access & 0x60u) == 0x60u;
	bool code_or_data = (access & 0x10u) != 0;
	bool conforming =
		(access & 0x0cu) == 0x0cu; /* could be entered by ring 0 too: no use, refused */
	return present && ring3 && code_or_data && !conforming;
}

void descriptors_load_io_bitmap(const void *bitmap)
{
	if (bitmap == NULL) {
		tss_block.tss.io_base = 0xffff;
		return;
	}
	if (bitmap != io_bitmap_loaded) {
		__builtin_memcpy(tss_block.io_bitmap, bitmap, MACHINE_IO_BITMAP_BYTES);
		io_bitmap_loaded = bitmap;
	}
	tss_block.tss.io_base = IO_BITMAP_OFFSET;
}

void descriptors_forget_io_bitmap(const void *bitmap)
{
	if (bitmap == io_bitmap_loaded) {
		io_bitmap_loaded = NULL;
		tss_block.tss.io_base = 0xffff;
	}
}

void descriptors_interrupted(uint32_t *eip, uint32_t *esp)
{
	*eip = tss_block.tss.eip;
	*esp = tss_block.tss.esp;
}
