/* Files for the host, in the administrator's name. */
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <masix/file.h>
#include "frame_core.h"
#include "line.h"
#include "runner.h"

#define LINUX_EIO 5u

/* As the host knows errors: by Linux's number. */
static uint32_t number_of(kern_return_t code)
{
	if (code == KERN_SUCCESS) {
		return 0;
	}
	return FILE_IS_ERROR(code) ? (uint32_t)FILE_ERROR_NUMBER(code) : LINUX_EIO;
}

static kern_return_t send_content(mach_port_t file)
{
	for (int64_t offset = 0;;) {
		vm_offset_t data = 0;
		mach_msg_type_number_t bytes = 0;
		kern_return_t code =
			file_read_pages(file, offset, FILE_PAGES_BYTES_MAX, 0, &data, &bytes);

		if (code != KERN_SUCCESS || bytes == 0) {
			return code;
		}
		for (uint32_t done = 0, part = 0; done < bytes; done += part) {
			part = bytes - done < FRAME_DATA_MAX ? bytes - done : FRAME_DATA_MAX;
			line_send(FRAME_FILE, (const uint8_t *)data + done, part);
		}
		(void)vm_deallocate(mach_task_self(), data, bytes);
		offset += bytes;
	}
}

void get_file(const char *path, uint32_t bytes)
{
	file_attributes_t attributes = {.mode = 0};
	mach_port_t file = MACH_PORT_NULL;
	uint8_t answer[8];
	/* No identity: nobody's permissions are asked.  FILE_NOW: a FIFO shall not keep us. */
	kern_return_t code = file_open(root_port, NULL, 0, path, bytes, FILE_READ | FILE_NOW, 0,
				       &file, &attributes);

	if (code == KERN_SUCCESS) {
		code = (attributes.mode & FILE_MODE_KIND) == FILE_MODE_REGULAR ? send_content(file)
									       : FILE_EINVAL;
		(void)mach_port_deallocate(mach_task_self(), file);
	}
	frame_write_word(answer, number_of(code));
	frame_write_word(answer + 4, attributes.mode);
	line_send(FRAME_GOT, answer, sizeof answer);
}
