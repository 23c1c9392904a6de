/* How the console server takes the screen and the keys from the kernel: device_set_status on the
   device console. */
#pragma once

#include <device/device_types.h>

/* A word: the parts that are taken from now on. The kernel has the others, and all of them again
   when the device is closed. */
#define CONSOLE_CAPTURE_COUNT  1
#define CONSOLE_CAPTURE        ((dev_flavor_t)(('m' << 16) + 1))
#define CONSOLE_CAPTURE_SCREEN 1u /* the VGA and the keyboard */
#define CONSOLE_CAPTURE_SERIAL 2u /* COM1 */
