/* How the console server takes the screen and the keys from the kernel: device_set_status on the
   device console. */
#pragma once

#include <device/device_types.h>

#define CONSOLE_CAPTURE_COUNT 1
#define CONSOLE_CAPTURE       ((dev_flavor_t)(('m' << 16) + 1)) /* word: 1 takes, 0 gives back */
