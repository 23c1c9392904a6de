/*
 * The machine's words: registers, addresses and sizes.
 *
 * An i386 address fits a natural_t, and every one of these types has the same width on whatever
 * machine compiles it, so that pure code sees the ABI's layouts on a 64-bit host too.  The rpc_*
 * names are the types as they travel in messages; here they are the same types.
 */
#pragma once

#ifndef __ASSEMBLER__

#include <stdint.h>

typedef unsigned int natural_t;
typedef int integer_t;

/* As wide as a long of the i386, and spelled as one where that is the machine. */
#ifdef __i386__
typedef unsigned long long_natural_t;
typedef long long_integer_t;
#else
typedef unsigned int long_natural_t;
typedef int long_integer_t;
#endif

typedef unsigned int vm_offset_t;
typedef vm_offset_t *vm_offset_array_t;
typedef unsigned int vm_size_t;
typedef vm_size_t *vm_size_array_t;

/* User programs see 64 bits, whatever this kernel can address. */
#ifdef KERNEL
typedef unsigned long phys_addr_t;
#else
typedef unsigned long long phys_addr_t;
#endif
typedef unsigned long long rpc_phys_addr_t;
typedef rpc_phys_addr_t *rpc_phys_addr_array_t;

typedef vm_offset_t rpc_uintptr_t;
typedef vm_offset_t rpc_vm_address_t;
typedef vm_offset_t rpc_vm_offset_t;
typedef vm_size_t rpc_vm_size_t;
typedef rpc_vm_offset_t *rpc_vm_offset_array_t;
typedef rpc_vm_size_t *rpc_vm_size_array_t;
typedef long_natural_t rpc_long_natural_t;
typedef long_integer_t rpc_long_integer_t;

/* Old names of the conversions between the two families: nothing to convert. */
#define convert_vm_to_user null_conversion
#define convert_vm_from_user null_conversion
#define convert_long_integer_to_user null_conversion
#define convert_long_integer_from_user null_conversion
#define convert_long_natural_to_user convert_vm_to_user
#define convert_long_natural_from_user convert_vm_from_user

#endif /* __ASSEMBLER__ */

/* The type name of an integer_t or natural_t in a message. */
#define MACH_MSG_TYPE_INTEGER_T MACH_MSG_TYPE_INTEGER_32
