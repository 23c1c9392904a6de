/* A run of the simulator. */
#pragma once

#include "sim.h"

/* Runs what sim_profile says; sim_failed tells whether all was well. */
void sim_run(void);
