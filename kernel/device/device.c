/* The list of devices, and the routines of device.defs on them. */
#include <device/device.h>

#include <device/device_read.h>
#include <kern/clock.h>
#include <kern/panic.h>
#include <kern/upcall.h>
#include <kern/zone.h>
#include <mach/mig_errors.h>
#include <serv/kobject.h>
#include <serv/pager_calls.h>
#include <serv/routines.h>
#include <vm/object.h>

#define TRANSFER_BYTES 16384u /* out-of-line reads of streams, and pieces of writes */

static struct list devices;

static struct device fixed_devices[] = {
	{.name = "console", .ops = &console_ops},
	{.name = "kd", .ops = &console_ops},
	{.name = "com0", .ops = &console_ops},
	{.name = "mem", .ops = &mem_ops},
	{.name = "time", .ops = &time_ops},
	{.name = "kmsg", .ops = &kmsg_ops},
	{.name = "irq", .ops = &irq_ops, .unit = UINT32_MAX},
};

static struct device line_devices[16];
static char line_names[16][8];

void device_add(struct device *device)
{
	list_init(&device->link);
	list_add_tail(&devices, &device->link);
}

static void device_tick(void)
{
	time_tick();
	irq_tick();
	console_tick();
	irq_tick();
	device_read_tick();
}

void upcall_device_init(void)
{
	list_init(&devices);
	for (uint32_t i = 0; i < sizeof(fixed_devices) / sizeof(fixed_devices[0]); i++) {
		device_add(&fixed_devices[i]);
	}
	for (uint32_t line = 0; line < 16; line++) {
		(void)ksnprintf(line_names[line], sizeof line_names[line], "irq%u", line);
		line_devices[line] =
			(struct device){.name = line_names[line], .ops = &irq_ops, .unit = line};
		device_add(&line_devices[line]);
	}
	time_device_init();
	clock_tick_hook = device_tick;
}

device_t dev_port_lookup(struct ipc_port *port)
{
	return port_kobject(port, IKOT_DEVICE);
}

struct ipc_port *convert_device_to_port(device_t device)
{
	return device != NULL ? kernel_port_make_send(device->port) : IP_NULL;
}

/* Devices live for ever: no references. */
void device_deallocate(device_t device)
{
	(void)device;
}

static void device_shut(struct device *device)
{
	struct ipc_port *port = device->port;
	device->port = NULL;
	device->opens = 0;
	port->kobject = NULL;
	device_read_cancel(device);
	if (device->ops->close != NULL) {
		device->ops->close(device);
	}
	ipc_port_dealloc_special(port);
}

void upcall_device_no_senders(struct ipc_port *port)
{
	struct device *device = port->kobject;
	if (device != NULL) {
		device_shut(device);
	}
}

static struct device *device_find(const char *name)
{
	list_for_each(link, &devices)
	{
		struct device *device = list_entry(link, struct device, link);
		if (__builtin_strcmp(device->name, name) == 0) {
			return device;
		}
	}
	return NULL;
}

/* D_INVALID_OPERATION: not the device master port. D_NO_SUCH_DEVICE. D_NO_MEMORY. All who open a
   device share its port. */
kern_return_t serv_device_open(struct ipc_port *master, struct ipc_port *reply,
			       mach_msg_type_name_t reply_type, dev_mode_t mode,
			       const_dev_name_t name, device_t *result)
{
	(void)reply;
	(void)reply_type;
	if (port_kobject(master, IKOT_MASTER_DEVICE) == NULL) {
		return D_INVALID_OPERATION;
	}
	struct device *device = device_find(name);
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (device->port == NULL) {
		device->port = ipc_port_alloc_special(ipc_space_kernel, IKOT_DEVICE, device);
		if (device->port == NULL) {
			return D_NO_MEMORY;
		}
	}
	if (device->ops->open != NULL) {
		io_return_t error = device->ops->open(device, mode);
		if (error != D_SUCCESS) {
			return error;
		}
	}
	device->opens++;
	*result = device;
	return D_SUCCESS;
}

/* Takes one device_open back. After the last the device's port dies, and with it the rights of
   those who kept one; the end of its last send right closes a device, too. */
kern_return_t serv_device_close(device_t device)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	device->opens--;
	if (device->opens == 0) {
		device_shut(device);
	}
	return D_SUCCESS;
}

/* --- writing ------------------------------------------------------------------------- */

kern_return_t serv_device_write_inband(device_t device, struct ipc_port *reply,
				       mach_msg_type_name_t reply_type, dev_mode_t mode,
				       recnum_t record, const io_buf_ptr_inband_t data,
				       mach_msg_type_number_t bytes, int *written)
{
	(void)reply;
	(void)reply_type;
	(void)mode;
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (device->ops->write == NULL) {
		return D_INVALID_OPERATION;
	}
	io_return_t result = device->ops->write(device, record, data, bytes);
	*written = result == D_SUCCESS ? (int)bytes : 0;
	return result;
}

/* Piece by piece, so that a large write needs no large buffer. The data are consumed on success. */
kern_return_t serv_device_write(device_t device, struct ipc_port *reply,
				mach_msg_type_name_t reply_type, dev_mode_t mode, recnum_t record,
				io_buf_ptr_t data, mach_msg_type_number_t bytes, int *written)
{
	(void)reply;
	(void)reply_type;
	(void)mode;
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (device->ops->write == NULL) {
		return D_INVALID_OPERATION;
	}
	struct vm_map_copy *copy = (struct vm_map_copy *)data;
	char *buffer = kalloc(TRANSFER_BYTES);
	if (buffer == NULL) {
		return D_NO_MEMORY;
	}
	io_return_t result = D_SUCCESS;
	uint32_t done = 0;
	while (done < bytes && result == D_SUCCESS) {
		uint32_t piece = bytes - done < TRANSFER_BYTES ? bytes - done : TRANSFER_BYTES;
		result = vm_map_copy_read(copy, done, buffer, piece)
				 ? device->ops->write(device, record + done, buffer, piece)
				 : D_IO_ERROR;
		done += result == D_SUCCESS ? piece : 0;
	}
	kfree(buffer, TRANSFER_BYTES);
	if (result != D_SUCCESS && done == 0) {
		return result;
	}
	vm_map_copy_discard(copy);
	*written = (int)done;
	return D_SUCCESS;
}

/* --- reading ------------------------------------------------------------------------- */

/* What a read of a device that has nothing yet becomes. */
static kern_return_t read_later(device_t device, struct ipc_port *reply,
				mach_msg_type_name_t reply_type, dev_mode_t mode, recnum_t record,
				int bytes, bool in_band)
{
	if ((mode & D_NOWAIT) != 0) {
		return D_WOULD_BLOCK;
	}
	if (!device_read_wait(device, reply, reply_type, record, (uint32_t)bytes, in_band)) {
		return D_NO_MEMORY;
	}
	return MIG_NO_REPLY;
}

/* The reply rounds the data up to a word: nothing of what lay there before is sent along. */
static void data_pad(char *data, uint32_t count)
{
	for (; (count & 3u) != 0; count++) {
		data[count] = 0;
	}
}

kern_return_t serv_device_read_inband(device_t device, struct ipc_port *reply,
				      mach_msg_type_name_t reply_type, dev_mode_t mode,
				      recnum_t record, int bytes, io_buf_ptr_inband_t data,
				      mach_msg_type_number_t *count)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (bytes < 0) {
		return D_INVALID_SIZE;
	}
	uint32_t most = (uint32_t)bytes < IO_INBAND_MAX ? (uint32_t)bytes : IO_INBAND_MAX;
	if (device->ops->look != NULL) {
		const char *from;
		io_return_t result = device->ops->look(device, record, most, &from, count);
		if (result == D_SUCCESS) {
			__builtin_memcpy(data, from, *count);
			data_pad(data, *count);
		}
		return result;
	}
	if (device->ops->read == NULL) {
		return D_INVALID_OPERATION;
	}
	if (most == 0) {
		*count = 0; /* nothing is there at once: waiting for it would never end */
		return D_SUCCESS;
	}
	io_return_t result = device->ops->read(device, record, data, most, count);
	if (result == D_SUCCESS) {
		data_pad(data, *count);
	}
	return result == D_WOULD_BLOCK
		       ? read_later(device, reply, reply_type, mode, record, bytes, true)
		       : result;
}

static kern_return_t stream_read(device_t device, recnum_t record, uint32_t bytes,
				 struct vm_map_copy **copy, uint32_t *count)
{
	uint32_t most = bytes < TRANSFER_BYTES ? bytes : TRANSFER_BYTES;
	char *buffer = kalloc(TRANSFER_BYTES);
	if (buffer == NULL) {
		return D_NO_MEMORY;
	}
	io_return_t result = device->ops->read(device, record, buffer, most, count);
	if (result == D_SUCCESS && *count > 0) {
		result = vm_map_copyin_kernel(buffer, *count, copy) == KERN_SUCCESS ? D_SUCCESS
										    : D_NO_MEMORY;
	}
	kfree(buffer, TRANSFER_BYTES);
	return result;
}

kern_return_t serv_device_read(device_t device, struct ipc_port *reply,
			       mach_msg_type_name_t reply_type, dev_mode_t mode, recnum_t record,
			       int bytes, io_buf_ptr_t *data, mach_msg_type_number_t *count)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (bytes < 0) {
		return D_INVALID_SIZE;
	}
	struct vm_map_copy *copy = NULL;
	io_return_t result = D_INVALID_OPERATION;
	uint32_t read = 0;
	if (device->ops->look != NULL) {
		const char *from;
		result = device->ops->look(device, record, (uint32_t)bytes, &from, &read);
		if (result == D_SUCCESS && read > 0 &&
		    vm_map_copyin_kernel(from, read, &copy) != KERN_SUCCESS) {
			result = D_NO_MEMORY;
		}
	} else if (device->ops->read != NULL && bytes == 0) {
		result = D_SUCCESS;
	} else if (device->ops->read != NULL) {
		result = stream_read(device, record, (uint32_t)bytes, &copy, &read);
	}
	if (result == D_WOULD_BLOCK) {
		return read_later(device, reply, reply_type, mode, record, bytes, false);
	}
	*data = (io_buf_ptr_t)copy;
	*count = read;
	return result;
}

/* --- the rest ------------------------------------------------------------------------ */

/* A memory object for a range of the device, limited to the access asked for. */
kern_return_t serv_device_map(device_t device, vm_prot_t protection, vm_offset_t offset,
			      vm_size_t size, struct ipc_port **pager, int unmap)
{
	(void)unmap;
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	if (device->ops->map == NULL) {
		return D_INVALID_OPERATION;
	}
	if ((protection & ~VM_PROT_ALL) != 0 || (offset & PAGE_MASK) != 0 || size == 0) {
		return D_INVALID_SIZE;
	}
	struct vm_object *object;
	io_return_t result = device->ops->map(device, offset, size, &protection, &object);
	if (result != D_SUCCESS) {
		return result;
	}
	*pager = proxy_create(object, 0, page_round(size), protection);
	if (*pager == IP_NULL) {
		vm_object_release(object);
		return D_NO_MEMORY;
	}
	return D_SUCCESS;
}

kern_return_t serv_device_set_status(device_t device, dev_flavor_t flavor,
				     const dev_status_t status, mach_msg_type_number_t count)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	return device->ops->set_status != NULL
		       ? device->ops->set_status(device, flavor, status, count)
		       : D_INVALID_OPERATION;
}

kern_return_t serv_device_get_status(device_t device, dev_flavor_t flavor, dev_status_t status,
				     mach_msg_type_number_t *count)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	return device->ops->get_status != NULL
		       ? device->ops->get_status(device, flavor, status, count)
		       : D_INVALID_OPERATION;
}

/* No device of the kernel receives packets. */
kern_return_t serv_device_set_filter(device_t device, struct ipc_port *port, int priority,
				     const filter_array_t filter, mach_msg_type_number_t count)
{
	(void)port;
	(void)priority;
	(void)filter;
	(void)count;
	return device != NULL ? D_INVALID_OPERATION : D_NO_SUCH_DEVICE;
}
