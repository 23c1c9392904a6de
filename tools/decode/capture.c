/* pcap files: pcap-savefile(5). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

#define FILE_HEADER_BYTES  24
#define FRAME_HEADER_BYTES 16
#define ETHERNET           1

static const uint32_t file_header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, ETHERNET};

static uint8_t *read_all(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *memory = NULL;
	size_t room = 0, got = 0;

	if (file == NULL) {
		refuse("%s: %s", path, strerror(errno));
	}
	*bytes = 0;
	do {
		if (*bytes == room) {
			room = room * 2 + 65536;
			memory = realloc(memory, room);
			if (memory == NULL) {
				refuse("no memory for %s", path);
			}
		}
		got = fread(memory + *bytes, 1, room - *bytes, file);
		*bytes += got;
	} while (got > 0);
	fclose(file);
	return memory;
}

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t value = 0;

	memcpy(&value, at, sizeof value);
	return value;
}

void capture_read(const char *path, struct capture *capture)
{
	size_t bytes = 0, room = 0;
	uint8_t *at = read_all(path, &bytes);

	*capture = (struct capture){.memory = at};
	if (bytes < FILE_HEADER_BYTES || get_u32(at) != file_header[0] ||
	    get_u32(at + 20) != ETHERNET) {
		refuse("%s: not a capture of Ethernet frames as the segment writes it", path);
	}
	at += FILE_HEADER_BYTES;
	bytes -= FILE_HEADER_BYTES;
	/* The last one may be cut, while the segment still writes. */
	while (bytes >= FRAME_HEADER_BYTES && get_u32(at + 8) <= bytes - FRAME_HEADER_BYTES) {
		if (capture->count == room) {
			room = room * 2 + 1024;
			capture->frames = realloc(capture->frames, room * sizeof *capture->frames);
			if (capture->frames == NULL) {
				refuse("no memory for %s", path);
			}
		}
		struct frame *frame = &capture->frames[capture->count++];

		frame->time_us = get_u32(at) * UINT64_C(1000000) + get_u32(at + 4);
		frame->bytes = get_u32(at + 8);
		frame->data = at + FRAME_HEADER_BYTES;
		at += FRAME_HEADER_BYTES + frame->bytes;
		bytes -= FRAME_HEADER_BYTES + frame->bytes;
	}
}

FILE *capture_create(const char *path)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL) {
		refuse("%s: %s", path, strerror(errno));
	}
	(void)fwrite(file_header, sizeof file_header, 1, file);
	return file;
}

void capture_write(FILE *file, const struct frame *frame)
{
	uint32_t header[] = {(uint32_t)(frame->time_us / 1000000),
			     (uint32_t)(frame->time_us % 1000000), (uint32_t)frame->bytes,
			     (uint32_t)frame->bytes};

	(void)fwrite(header, sizeof header, 1, file);
	(void)fwrite(frame->data, frame->bytes, 1, file);
}
