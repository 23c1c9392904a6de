#include "pcap.h"

#include <errno.h>
#include <time.h>

/* pcap-savefile(5): magic and version, zone, accuracy, longest frame, link type (1: Ethernet). */
static const uint32_t file_header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};

int pcap_open(struct pcap *pcap, const char *path)
{
	if (pcap->file != NULL) {
		return EBUSY;
	}
	FILE *file = fopen(path, "wbe");
	if (file == NULL) {
		return errno;
	}
	pcap->file = file;
	(void)fwrite(file_header, sizeof file_header, 1, file);
	pcap_flush(pcap);
	return 0;
}

void pcap_frame(struct pcap *pcap, const uint8_t *data, uint32_t bytes)
{
	struct timespec now;
	if (pcap->file == NULL) {
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	uint32_t header[] = {(uint32_t)now.tv_sec, (uint32_t)(now.tv_nsec / 1000), bytes, bytes};
	(void)fwrite(header, sizeof header, 1, pcap->file);
	(void)fwrite(data, bytes, 1, pcap->file);
}

void pcap_flush(struct pcap *pcap)
{
	if (pcap->file != NULL) {
		(void)fflush(pcap->file);
	}
}

int pcap_close(struct pcap *pcap)
{
	if (pcap->file == NULL) {
		return 0;
	}
	int lost = ferror(pcap->file) != 0 ? EIO : 0;
	int error = fclose(pcap->file) != 0 ? errno : lost;
	pcap->file = NULL;
	return error;
}
