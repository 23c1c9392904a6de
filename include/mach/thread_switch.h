/* Options of thread_switch (manual, "Hand-Off Scheduling"). */
#pragma once

#define SWITCH_OPTION_NONE 0	/* the time argument is ignored */
#define SWITCH_OPTION_DEPRESS 1	/* lowest priority for that time, or until aborted */
#define SWITCH_OPTION_WAIT 2	/* do not run for that time, or until aborted */

#define valid_switch_option(opt) ((0 <= (opt)) && ((opt) <= 2))
