/*
 * How error codes are composed: a system (6 bits), a subsystem (12 bits) and a code (14 bits).
 * Plain small numbers (KERN_*) are of system 0.
 */
#pragma once

#include <mach/kern_return.h>

#define err_none ((mach_error_t) 0)
#define ERR_SUCCESS ((mach_error_t) 0)

#define err_system(x) ((int) (((unsigned int) (x) & 0x3f) << 26))
#define err_sub(x) (((x) & 0xfff) << 14)

#define err_get_system(err) (((unsigned int) (err) >> 26) & 0x3f)
#define err_get_sub(err) (((err) >> 14) & 0xfff)
#define err_get_code(err) ((err) & 0x3fff)

#define system_emask (err_system(0x3f))
#define sub_emask (err_sub(0xfff))
#define code_emask (0x3fff)

#define err_kern err_system(0x0)	/* kernel */
#define err_us err_system(0x1)		/* user space library */
#define err_server err_system(0x2)	/* user space servers */
#define err_mach_ipc err_system(0x4)	/* mach_msg */
#define err_bootstrap err_system(0x5)
#define err_hurd err_system(0x10)
#define err_local err_system(0x3e)	/* without a registered number */
#define err_max_system 0x3f

typedef kern_return_t mach_error_t;
typedef mach_error_t (*mach_error_fn_t)(void);
