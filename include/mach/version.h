/* Version of the interface that these headers describe: Mach 4.0's, include version 0. */
#pragma once

#define KERNEL_MAJOR_VERSION 4
#define KERNEL_MINOR_VERSION 0
#define INCLUDE_VERSION 0
