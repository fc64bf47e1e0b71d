#include "rt/host_offline.h"

/* Plays one period and hands on what belongs to the job: no sound of before frame 0, no MIDI after the last.
 */
static dr_status
run_period(const offline_job *job, uint64_t at, uint32_t frames, dr_error *err)
{
	float left[OFFLINE_PERIOD], right[OFFLINE_PERIOD];
	engine_midi midi[256] = {{0}};
	const uint64_t late = engine_latency(job->engine);
	engine_io io = {.frames = frames,
			.rate = job->rate,
			.main = {left, right},
			.midi_out = midi,
			.midi_out_capacity = 256};
	job->compose(job->user);
	engine_process(job->engine, &io);
	uint32_t n_midi = 0;
	while (n_midi < io.n_midi_out && at + midi[n_midi].frame < job->frames)
		n_midi++;
	const uint32_t skip = at >= late ? 0 : late - at < frames ? (uint32_t)(late - at) : frames;
	return job->sink(job->user, at, frames - skip, left + skip, right + skip, midi, n_midi, err);
}

dr_status
offline_render(const offline_job *job, dr_error *err)
{
	dr_status status = DR_OK;
	const uint64_t frames = job->frames + engine_latency(job->engine);
	job->compose(job->user);
	if (!engine_command(job->engine, COMMAND_PLAY, -1, 1.0f))
		return error_set(err, DR_FAILED, "the engine takes no commands");
	for (uint64_t at = 0; at < frames && status == DR_OK; at += OFFLINE_PERIOD)
		status = run_period(
		    job, at, frames - at < OFFLINE_PERIOD ? (uint32_t)(frames - at) : OFFLINE_PERIOD, err);
	return status;
}
