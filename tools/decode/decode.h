/* What the files of this tool share. */
#pragma once

#include <stdio.h>
#include <wire/frame_core.h>

#define NAME_BYTES 64

/* One sentence on stderr; status 1. */
void refuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* --- capture.c: pcap files, of Ethernet frames, times in microseconds */

struct frame {
	uint64_t time_us;
	uint8_t *data; /* with the Ethernet header */
	size_t bytes;
};

struct capture {
	struct frame *frames;
	size_t count;
	uint8_t *memory;
};

void capture_read(const char *path, struct capture *capture);
FILE *capture_create(const char *path);
void capture_write(FILE *file, const struct frame *frame);

/* --- keys.c: what frames can be opened with */

/* A folder of tools/keys: the cluster key and the roster. */
void keys_of_cluster(const char *folder);

/* The keys that nodes told in the capture. */
void keys_of_capture(const struct capture *capture);

/* A node's name, by the beginning of its id; the id's beginning if the roster is not known. */
const char *keys_node_name(const uint8_t id[WIRE_SHORT_ID_BYTES]);

/* A frame of the protocol, behind its Ethernet header. */
struct opened {
	struct wire_header header;
	const char *from, *to; /* "*": all; "?": nobody knows */
	bool open;
	uint8_t *payload; /* if it could be opened: what was sealed, in place */
	size_t bytes;
};

/* Opens it in place, if there is a key; false: it is no such frame. */
bool keys_open(uint8_t *frame, size_t bytes, struct opened *opened);

/* --- print.c */

/* A line for each record of the frame. */
void print_frame(uint64_t time_us, const struct opened *opened, size_t bytes);

/* --- made by tools/decode/make-names; null: not known */

const char *name_of_type(uint8_t type);
const char *name_of_kind(uint8_t kind);

/* build/gen/kernel/message_names.c */
struct message_name {
	int32_t id;
	const char *name;
};
extern const struct message_name message_names[];
extern const unsigned message_names_count;
