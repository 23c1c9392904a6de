/* Single instructions of the privileged kind (port_io.h has the others). Intel SDM vol. 2. */
#pragma once

#include <stdint.h>

static inline uint32_t cpu_cr0(void)
{
	uint32_t value;
	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	return value;
}

static inline void cpu_set_cr0(uint32_t value)
{
	__asm__ volatile("movl %0, %%cr0" : : "r"(value) : "memory");
}

static inline void cpu_load_cr3(uint32_t directory)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory");
}

static inline uint32_t cpu_cr4(void)
{
	uint32_t value;
	__asm__ volatile("movl %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cpu_set_cr4(uint32_t value)
{
	__asm__ volatile("movl %0, %%cr4" : : "r"(value));
}

static inline void cpu_clts(void)
{
	__asm__ volatile("clts");
}

static inline void cpu_write_msr(uint32_t msr, uint32_t low)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"(low), "d"(0));
}

static inline void cpu_id(uint32_t leaf, uint32_t *eax, uint32_t *ebx, uint32_t *ecx, uint32_t *edx)
{
	__asm__ volatile("cpuid"
			 : "=a"(*eax), "=b"(*ebx), "=c"(*ecx), "=d"(*edx)
			 : "a"(leaf), "c"(0));
}
