/* Devices: what device.defs reaches. Few and simple: the console, ramdisks, physical ranges, the
   time page, interrupts as messages. Everything else is a user server's. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>
#include <device/device_types.h>
#include <mach/vm_prot.h>

struct device;
struct ipc_port;
struct vm_object;

/* All may be NULL: D_INVALID_OPERATION (open and close: nothing to do). None blocks. */
struct device_ops {
	io_return_t (*open)(struct device *device, dev_mode_t mode);
	void (*close)(struct device *device); /* nobody can reach it any more */
	/* At most `bytes` bytes into the buffer. D_WOULD_BLOCK: none yet; the caller asks again at
	   the next tick. */
	io_return_t (*read)(struct device *device, uint32_t record, char *buffer, uint32_t bytes,
			    uint32_t *count);
	/* For memory: where `*count` (at most `bytes`) bytes from `record` on are. */
	io_return_t (*look)(struct device *device, uint32_t record, uint32_t bytes,
			    const char **data, uint32_t *count);
	io_return_t (*write)(struct device *device, uint32_t record, const char *data,
			     uint32_t bytes);
	/* A reference to an object; *protection is lowered to what may be had. */
	io_return_t (*map)(struct device *device, uint32_t offset, uint32_t bytes,
			   vm_prot_t *protection, struct vm_object **object);
	io_return_t (*get_status)(struct device *device, dev_flavor_t flavor, int *status,
				  uint32_t *count);
	io_return_t (*set_status)(struct device *device, dev_flavor_t flavor, const int *status,
				  uint32_t count);
};

struct device {
	const char *name;             /* [I] */
	const struct device_ops *ops; /* [I] */
	uint32_t unit;                /* [I] */
	struct ipc_port *port;        /* [k] kernel's receive right; NULL: nobody has it open */
	uint32_t opens;               /* [k] */
	struct list link;             /* [I] in the list of devices */
};

/* Enters a device in the list. It lives for ever. */
void device_add(struct device *device);

/* The devices. */
extern struct device_ops console_ops, mem_ops, time_ops, kmsg_ops, irq_ops;
void console_tick(void);
void time_device_init(void);
void time_tick(void);
/* Opens lines whose drivers have died (irq.c). */
void irq_tick(void);
/* Answers reads that wait (device_read.c). */
void device_read_tick(void);
/* Drops the reads that wait on a device: D_DEVICE_DOWN. */
void device_read_cancel(struct device *device);
