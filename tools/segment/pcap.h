/* A capture file (pcap, microseconds): every frame that is put on the segment, before its faults.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct pcap {
	FILE *file; /* null: none */
};

/* Begins a new file. Returns 0, or errno; EBUSY: a capture is open. */
int pcap_open(struct pcap *pcap, const char *path);

/* Adds a frame with the time of day, if a capture is open. */
void pcap_frame(struct pcap *pcap, const uint8_t *data, uint32_t bytes);

/* Brings what was added to the file, so that others can read it. */
void pcap_flush(struct pcap *pcap);

/* Ends the capture, if one is open. Returns 0, or errno when not all could be written. */
int pcap_close(struct pcap *pcap);
