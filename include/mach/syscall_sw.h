/*
 * The system calls: kernel_trap(name, number, arguments).  A list, not a header: it may be
 * included more than once, each time with another kernel_trap.
 *
 * Everything else a kernel does for a task is asked by message.  The syscall_ traps do what the
 * message of the same name does, and answer MACH_SEND_INTERRUPTED when they cannot, whereupon
 * the library sends it.
 */
#include <mach/machine/syscall_sw.h>

kernel_trap(evc_wait, -17, 1)
kernel_trap(evc_wait_clear, -18, 1)

kernel_trap(mach_msg_trap, -25, 7)
kernel_trap(mach_reply_port, -26, 0)
kernel_trap(mach_thread_self, -27, 0)
kernel_trap(mach_task_self, -28, 0)
kernel_trap(mach_host_self, -29, 0)
kernel_trap(mach_print, -30, 1)

kernel_trap(syscall_device_writev_request, -39, 6)
kernel_trap(syscall_device_write_request, -40, 6)

kernel_trap(swtch_pri, -59, 1)
kernel_trap(swtch, -60, 0)
kernel_trap(thread_switch, -61, 3)

kernel_trap(syscall_vm_map, -64, 11)
kernel_trap(syscall_vm_allocate, -65, 4)
kernel_trap(syscall_vm_deallocate, -66, 3)

kernel_trap(syscall_task_create, -68, 3)
kernel_trap(syscall_task_terminate, -69, 1)
kernel_trap(syscall_task_suspend, -70, 1)
kernel_trap(syscall_task_set_special_port, -71, 3)

kernel_trap(syscall_mach_port_allocate, -72, 3)
kernel_trap(syscall_mach_port_deallocate, -73, 2)
kernel_trap(syscall_mach_port_insert_right, -74, 4)
kernel_trap(syscall_mach_port_allocate_name, -75, 3)
kernel_trap(syscall_thread_depress_abort, -76, 1)
kernel_trap(thread_set_self_state, -77, 3)

/* Networking: named since Mach 3.0, never implemented by this kernel. */
kernel_trap(nw_update, -80, 3)
kernel_trap(nw_lookup, -81, 2)
kernel_trap(nw_endpoint_allocate, -82, 4)
kernel_trap(nw_endpoint_deallocate, -83, 1)
kernel_trap(nw_buffer_allocate, -84, 2)
kernel_trap(nw_buffer_deallocate, -85, 2)
kernel_trap(nw_connection_open, -86, 4)
kernel_trap(nw_connection_accept, -87, 3)
kernel_trap(nw_connection_close, -88, 1)
kernel_trap(nw_multicast_add, -89, 4)
kernel_trap(nw_multicast_drop, -90, 4)
kernel_trap(nw_endpoint_status, -91, 3)
kernel_trap(nw_send, -92, 3)
kernel_trap(nw_receive, -93, 2)
kernel_trap(nw_rpc, -94, 4)
kernel_trap(nw_select, -95, 3)
