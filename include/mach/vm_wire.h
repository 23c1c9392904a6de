/* What vm_wire_all wires: the mappings that exist, those to come, or both. */
#pragma once

typedef int vm_wire_t;

#define VM_WIRE_NONE 0
#define VM_WIRE_CURRENT 1
#define VM_WIRE_FUTURE 2

#define VM_WIRE_ALL (VM_WIRE_CURRENT | VM_WIRE_FUTURE)
