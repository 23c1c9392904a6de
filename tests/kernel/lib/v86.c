/* See v86.h. */
#include "v86.h"

void v86_memory_make(void)
{
	vm_address_t address = 0;

	NEED_KR(masix_task_map_page_zero(mach_task_self()));
	NEED_KR(vm_allocate(mach_task_self(), &address, V86_MEMORY_BYTES, FALSE));
	for (address = 0; address < V86_MEMORY_BYTES; address += 0x1000) {
		*v86_byte(0, address) = 0;
	}
}

void v86_copy(uint32_t segment, uint32_t offset, const uint8_t *code, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		*v86_byte(segment, offset + i) = code[i];
	}
}

void v86_block_init(struct masix_v86_block *block)
{
	memset(block, 0xee, sizeof *block);
	block->pending = 0;
	block->flags = 0;
	block->service_segment = 0;
	block->registers = (struct masix_v86_registers){
		.eflags = V86_EFL_IF | 2,
		.cs = V86_CODE_SEGMENT,
		.ss = V86_STACK_SEGMENT,
		.esp = V86_STACK_TOP,
		.ds = V86_DATA_SEGMENT,
		.es = V86_DATA_SEGMENT,
	};
}
