/* The command (README.md). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <crypto/crypto.h>

#include "decode.h"

#define OPENED 0x80 /* in a written capture: the frame's version says that it is open */

static const char usage[] = "usage: decode CAPTURE [--keys FOLDER] [--pcap OUT]\n";

void refuse(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "decode: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

static bool is_of_the_protocol(const struct frame *frame)
{
	return frame->bytes > WIRE_ETHERNET_BYTES && frame->data[12] == WIRE_ETHERTYPE >> 8 &&
	       frame->data[13] == (WIRE_ETHERTYPE & 0xff);
}

static bool is_keylog(const struct frame *frame)
{
	return frame->bytes > WIRE_ETHERNET_BYTES &&
	       frame->data[12] == WIRE_KEYLOG_ETHERTYPE >> 8 &&
	       frame->data[13] == (WIRE_KEYLOG_ETHERTYPE & 0xff);
}

/* One frame: a line each of what is in it, or the frame as it is when it is open. */
static void decode(struct frame *frame, uint64_t first_us, FILE *out)
{
	struct opened opened;
	uint8_t *start = frame->data + WIRE_ETHERNET_BYTES;

	if (is_keylog(frame)) {
		return;
	}
	if (!is_of_the_protocol(frame) ||
	    !keys_open(start, frame->bytes - WIRE_ETHERNET_BYTES, &opened)) {
		if (out != NULL) {
			capture_write(out, frame);
		}
		return;
	}
	if (out == NULL) {
		print_frame(frame->time_us - first_us, &opened, frame->bytes);
		return;
	}
	if (opened.open) {
		start[0] |= OPENED;
		frame->bytes = (size_t)(opened.payload - frame->data) + opened.bytes;
	}
	capture_write(out, frame);
}

int main(int argc, char **argv)
{
	struct capture capture = {.count = 0};
	const char *path = NULL, *out_path = NULL;
	FILE *out = NULL;

	if (crypto_start() != CRYPTO_OK) {
		refuse("cryptography does not work");
	}
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--keys") == 0 && i + 1 < argc) {
			keys_of_cluster(argv[++i]);
		} else if (strcmp(argv[i], "--pcap") == 0 && i + 1 < argc) {
			out_path = argv[++i];
		} else if (argv[i][0] != '-' && path == NULL) {
			path = argv[i];
		} else {
			fprintf(stderr, "%s", usage);
			return 2;
		}
	}
	if (path == NULL) {
		fprintf(stderr, "%s", usage);
		return 2;
	}
	capture_read(path, &capture);
	keys_of_capture(&capture);
	if (out_path != NULL) {
		out = capture_create(out_path);
	}
	for (size_t i = 0; i < capture.count; i++) {
		decode(&capture.frames[i], capture.frames[0].time_us, out);
	}
	if (out != NULL && fclose(out) != 0) {
		refuse("%s: it could not be written", out_path);
	}
	free(capture.frames);
	free(capture.memory);
	return 0;
}
