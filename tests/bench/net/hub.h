/* What the tasks of the one-machine bench agree on (hub). */
#pragma once

#define HUB_PORT 0x7777 /* the name of the port that calls go to, in both programs' spaces */
