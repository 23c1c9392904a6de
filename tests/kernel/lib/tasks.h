/* What the harness's files tell each other about child tasks. */
#pragma once

/* From now on this is a child: checks are counted, and only failures printed. */
void test_become_child(void);
