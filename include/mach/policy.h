/* Scheduling policies (manual, "Scheduling"). */
#pragma once

#define POLICY_TIMESHARE 1
#define POLICY_FIXEDPRI 2	/* its data: the quantum, in milliseconds */
#define POLICY_LAST 2

#define invalid_policy(policy) (((policy) <= 0) || ((policy) > POLICY_LAST))
