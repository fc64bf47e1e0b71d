/* The offline renderer: the engine as fast as it goes, in step with the composer. */
#ifndef DRUMLIN_HOST_OFFLINE_H
#define DRUMLIN_HOST_OFFLINE_H

#include "rt/engine.h"

enum { OFFLINE_PERIOD = 256 };

typedef struct offline_job {
	engine *engine;
	uint32_t rate;
	uint64_t frames; /* to render */
	/* Brings the plan up to date before each period (composer_update until it is full). */
	void (*compose)(void *user);
	/* Takes each period's MIDI, `at` being the frame of its start, and stereo sound, whose frames follow
	 * one another from frame 0 on: they come later by the engine's latency, and in some periods fewer
	 * than it has, or none. A status other than DR_OK ends the job. */
	dr_status (*sink)(void *user, uint64_t at, uint32_t frames, const float *left, const float *right,
			  const engine_midi *midi, uint32_t n_midi, dr_error *err);
	void *user;
} offline_job;

/* Plays from the top. Returns what the sink returned. The calling thread is the audio thread meanwhile. */
dr_status offline_render(const offline_job *job, dr_error *err) DR_CHECKED;

#endif
