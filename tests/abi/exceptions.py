"""Where we differ from Debian's headers, and why."""

HEADERS = {
    "device/audio_status.h": "we have no audio device",
    "device/bpf.h": "the kernel filters no packets: GNS has the network card to itself",
    "device/disk_status.h": "we have no disk device",
    "device/tape_status.h": "we have no tape device",
    "mach/boot.h": "needs mach/machine/boot.h, which is not there",
    "mach/exec/a.out.h": "not of Mach: a file format",
    "mach/exec/elf.h": "not of Mach: a file format",
    "mach/exec/exec.h": "the interface of an exec library that no package has",
    "mach/profil.h": "includes GNU Mach's own kernel headers",
    "mach/profilparam.h": "for mach/profil.h",
    "mach/xen.h": "the interface of Xen",
}

# Names of macros (whole, or a beginning that ends in *).
CONSTANTS = {
    "CPU_SUBTYPE_*": "subtypes of processors other than the i386, see mach/machine.h",
    "__packed": "not of the interface: leaks out of multiboot.h",
}

# Statement macros that we wrote anew: compared by what a function with this body compiles to.
STATEMENTS = {
    "time_value_assert": "struct time_value a = {1, 5}; time_value_assert(&a); return a.seconds;",
    "time_value_add_usec": "struct time_value a = {1, 999999}; time_value_add_usec(&a, 3);"
                           " return a.seconds * 10000000 + a.microseconds;",
    "time_value_sub_usec": "struct time_value a = {5, 2}; time_value_sub_usec(&a, 3);"
                           " return a.seconds * 10000000 + a.microseconds;",
    "time_value_add": "struct time_value a = {1, 999990}, b = {2, 20}; time_value_add(&a, &b);"
                      " return a.seconds * 10000000 + a.microseconds;",
    "time_value_sub": "struct time_value a = {9, 10}, b = {2, 20}; time_value_sub(&a, &b);"
                      " return a.seconds * 10000000 + a.microseconds;",
    "TIME_VALUE_TO_TIMESPEC": "struct time_value a = {9, 10}; struct { int tv_sec, tv_nsec; } b;"
                              " TIME_VALUE_TO_TIMESPEC(&a, &b); return b.tv_sec * 77 + b.tv_nsec;",
    "TIMESPEC_TO_TIME_VALUE": "struct time_value a; struct { int tv_sec, tv_nsec; } b = {9, 8000};"
                              " TIMESPEC_TO_TIME_VALUE(&a, &b);"
                              " return a.seconds * 77 + a.microseconds;",
    "MACRO_RETURN": "MACRO_RETURN 4; return 5;",
}

# Structures that later GNU Mach made longer: ours must begin with Debian's members.
LONGER = {
    "mapped_time_value": "64-bit time, since 2023",
    "mapped_time_value_t": "64-bit time, since 2023",
}

TYPES = {
    "i386_xfp_save": "its last member is a flexible array here and an array of 0 there",
    "bpf_insn": "of device/bpf.h",
    "bpf_insn_t": "of device/bpf.h",
    "bpf_version": "of device/bpf.h",
    "multiboot_os_info": "how GNU Mach keeps what the boot loader told it",
    "multiboot_os_module": "how GNU Mach keeps what the boot loader told it",
}

FUNCTIONS = {
    "device_deallocate": "GNU Mach's own, inside the kernel",
}

# .defs files of Debian that we do not have.
DEFS = {
    "mach/experimental.defs": "experiments that the kernel does not serve",
}

# Routines that are newer than Debian's headers (GNU Mach's sources have them).
NEWER = {
    "mach_port_set_ktype", "host_get_time64", "host_set_time64", "host_adjust_time64",
    "host_get_kernel_version", "host_get_uptime64", "processor_set_processors",
    "task_max_priority", "vm_pages_phys", "thread_set_name", "thread_get_name",
    "vm_set_size_limit", "vm_get_size_limit", "i386_get_xstate_size",
    "mach_vm_object_pages_phys",
}

# System calls that are in GNU Mach's table but not in Debian's list, by number.
NEWER_TRAPS = {-39, -40, -77}
