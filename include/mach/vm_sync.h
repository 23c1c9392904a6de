/* How vm_object_sync and vm_msync write memory back to its pager. */
#pragma once

typedef int vm_sync_t;

#define VM_SYNC_ASYNCHRONOUS ((vm_sync_t) 0x01)
#define VM_SYNC_SYNCHRONOUS ((vm_sync_t) 0x02)
#define VM_SYNC_INVALIDATE ((vm_sync_t) 0x04)
