/* INT 10h: the text modes 0 to 3 and 7, the modes 4, 5 and 13h of 320x200 pixels; their ports. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void video_start(void);
void video_interrupt(void);

/* Is the mode one of pixels?  Their colours: three bytes (of six bits) each, 256 of them. */
bool video_has_picture(void);
void video_get_colours(uint8_t *rgb);

/* A character as a terminal writes it, among cells or pixels. */
void video_teletype(uint8_t character, uint8_t colour);

/* Ports 3c0 to 3c9, but for what other files know; reading port 3da. */
uint8_t video_port_in(uint32_t port);
void video_port_out(uint32_t port, uint8_t value);
void video_status_read(void);
