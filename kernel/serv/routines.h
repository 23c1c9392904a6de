/* The routines behind the kernel's subsystems, as MIG declares them: one header for those who write
   them and for the traps that share them. Generated from the .defs by the build (build/gen/kernel).
 */
#pragma once

#include <ipc/ipc_right.h>
#include <serv/convert.h>

#include <mach_server.h>
#include <mach_port_server.h>
#include <mach_host_server.h>
#include <mach_debug_server.h>
#include <mach_i386_server.h>
#include <mach4_server.h>
#include <gnumach_server.h>
#include <masix_host_server.h>
#include <device_server.h>
