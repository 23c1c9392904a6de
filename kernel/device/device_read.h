/* Reads that wait for data. */
#pragma once

#include <kern/types.h>

struct device;
struct ipc_port;

/* Keeps a read until there is data; takes the reply right over. False: too many wait already. */
bool device_read_wait(struct device *device, struct ipc_port *reply, uint32_t reply_type,
		      uint32_t record, uint32_t bytes, bool in_band);
