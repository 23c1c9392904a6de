/* See fpu.h. */
#include <i386/cpu.h>
#include <i386/fpu.h>
#include <kern/thread.h>
#include <kern/zone.h>

#define CR0_TS            8u
#define CR0_EM            4u
#define CR4_OSFXSR        0x200u
#define CR4_OSXMMEX       0x400u
#define CPUID_FXSR        (1u << 24)
#define CPUID_SSE         (1u << 25)
#define FCW_DEFAULT       0x37fu
#define MXCSR_OFFSET      24
#define MXCSR_DEFAULT     0x1f80u
#define MXCSR_MASK_OFFSET 28
#define MXCSR_MASK_OLD    0xffbfu /* of processors that store 0 (SDM vol. 1, 11.6.6) */

static struct zone fpu_zone;
struct thread *fpu_owner;
bool fpu_trapped = true;
static bool fpu_present;
static uint32_t mxcsr_mask = MXCSR_MASK_OLD;

static void mxcsr_mask_read(void)
{
	static uint8_t image[FPU_AREA_BYTES] __attribute__((aligned(16)));
	if (fpu_present) {
		cpu_clts();
		__asm__ volatile("fninit\n fxsave %0" : "=m"(image));
		cpu_set_cr0(cpu_cr0() | CR0_TS);
		uint32_t mask = *(const uint32_t *)(image + MXCSR_MASK_OFFSET);
		mxcsr_mask = mask != 0 ? mask : MXCSR_MASK_OLD;
	}
}

void fpu_init(void)
{
	uint32_t eax, ebx, ecx, edx;
	cpu_id(1, &eax, &ebx, &ecx, &edx);
	fpu_present = (edx & CPUID_FXSR) != 0;
	if (fpu_present) {
		cpu_set_cr4(cpu_cr4() | CR4_OSFXSR | ((edx & CPUID_SSE) ? CR4_OSXMMEX : 0));
	}
	cpu_set_cr0((cpu_cr0() | CR0_TS) & ~CR0_EM);
	mxcsr_mask_read();
	zone_init(&fpu_zone, "i386.fpu", FPU_AREA_BYTES, 0);
}

void fpu_set_trapped(bool trapped)
{
	if (trapped != fpu_trapped) {
		fpu_trapped = trapped;
		if (trapped) {
			cpu_set_cr0(cpu_cr0() | CR0_TS);
		} else {
			cpu_clts();
		}
	}
}

/* What FNINIT and a reset MXCSR look like in an FXSAVE image (SDM vol. 1, 10.5). */
static void area_init(uint8_t *area)
{
	__builtin_memset(area, 0, FPU_AREA_BYTES);
	*(uint16_t *)area = FCW_DEFAULT;
	*(uint32_t *)(area + MXCSR_OFFSET) = MXCSR_DEFAULT;
}

static void save_owner(void)
{
	if (fpu_owner != NULL) {
		fpu_set_trapped(false);
		__asm__ volatile("fxsave (%0)" : : "r"(fpu_owner->machine.fpu) : "memory");
	}
}

static bool area_ensure(struct thread *thread)
{
	if (thread->machine.fpu == NULL) {
		thread->machine.fpu = zone_alloc(&fpu_zone);
		if (thread->machine.fpu == NULL) {
			return false;
		}
		area_init(thread->machine.fpu);
	}
	return true;
}

kern_return_t fpu_take(void)
{
	if (!fpu_present) {
		return KERN_FAILURE;
	}
	if (!area_ensure(current)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (fpu_owner != current) {
		save_owner();
		fpu_set_trapped(false);
		__asm__ volatile("fxrstor (%0)" : : "r"(current->machine.fpu) : "memory");
		fpu_owner = current;
	}
	fpu_set_trapped(false);
	return KERN_SUCCESS;
}

void *fpu_area(struct thread *thread)
{
	if (!fpu_present || !area_ensure(thread)) {
		return NULL;
	}
	if (fpu_owner == thread) {
		bool was_set = fpu_trapped;
		save_owner();
		fpu_set_trapped(was_set);
	}
	return thread->machine.fpu;
}

void fpu_forget(struct thread *thread)
{
	if (fpu_owner == thread) {
		fpu_owner = NULL;
		fpu_set_trapped(true);
	}
}

void fpu_free(struct thread *thread)
{
	fpu_forget(thread);
	if (thread->machine.fpu != NULL) {
		zone_free(&fpu_zone, thread->machine.fpu);
		thread->machine.fpu = NULL;
	}
}

uint32_t fpu_status(void)
{
	const uint8_t *area = fpu_area(current);
	return area == NULL ? 0 : *(const uint16_t *)(area + 2);
}

uint32_t fpu_mxcsr(void)
{
	const uint8_t *area = fpu_area(current);
	return area == NULL ? 0 : *(const uint32_t *)(area + MXCSR_OFFSET);
}

uint32_t fpu_mxcsr_mask(void)
{
	return mxcsr_mask;
}
