#include "job_core.h"

static bool run_offer(const struct wire_arithmetic *a, struct wire_job *job)
{
	return a->make_pair(a->context, job->private_key, job->public_key) &&
	       a->agree(a->context, job->private_key, job->peer_static, job->es);
}

static bool run_answer(const struct wire_arithmetic *a, struct wire_job *job)
{
	return a->agree_static(a->context, job->peer_ephemeral, job->es) &&
	       a->make_pair(a->context, job->private_key, job->public_key) &&
	       a->agree(a->context, job->private_key, job->peer_ephemeral, job->ee) &&
	       a->agree(a->context, job->private_key, job->peer_static, job->se);
}

static bool run_finish(const struct wire_arithmetic *a, struct wire_job *job)
{
	return a->agree(a->context, job->private_key, job->peer_ephemeral, job->ee) &&
	       a->agree_static(a->context, job->peer_ephemeral, job->se);
}

void wire_run_job(const struct wire_arithmetic *arithmetic, struct wire_job *job)
{
	switch (job->kind) {
	case WIRE_JOB_SHARE:
		job->good =
			arithmetic->agree_static(arithmetic->context, job->peer_static, job->share);
		return;
	case WIRE_JOB_OFFER:
		job->good = run_offer(arithmetic, job);
		return;
	case WIRE_JOB_ANSWER:
		job->good = run_answer(arithmetic, job);
		return;
	case WIRE_JOB_FINISH:
		job->good = run_finish(arithmetic, job);
		return;
	}
	job->good = false;
}
