/* Protections of memory (manual, "Setting Memory Access"). */
#pragma once

typedef int vm_prot_t;

#define VM_PROT_NONE ((vm_prot_t) 0x00)
#define VM_PROT_READ ((vm_prot_t) 0x01)
#define VM_PROT_WRITE ((vm_prot_t) 0x02)
#define VM_PROT_EXECUTE ((vm_prot_t) 0x04)

#define VM_PROT_DEFAULT (VM_PROT_READ | VM_PROT_WRITE)
#define VM_PROT_ALL (VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE)

/* Only between kernel and pager: leave a page's lock as it is; tell before the pages change. */
#define VM_PROT_NO_CHANGE ((vm_prot_t) 0x08)
#define VM_PROT_NOTIFY ((vm_prot_t) 0x10)
