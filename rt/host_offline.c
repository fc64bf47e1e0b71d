#include "rt/host_offline.h"

dr_status
offline_render(const offline_job *job, dr_error *err)
{
	float left[OFFLINE_PERIOD], right[OFFLINE_PERIOD];
	engine_midi midi[256];
	dr_status status = DR_OK;
	job->compose(job->user);
	if (!engine_command(job->engine, COMMAND_PLAY, -1, 1.0f))
		return error_set(err, DR_FAILED, "the engine takes no commands");
	for (uint64_t at = 0; at < job->frames && status == DR_OK;) {
		const uint64_t rest = job->frames - at;
		engine_io io = {.frames = rest < OFFLINE_PERIOD ? (uint32_t)rest : OFFLINE_PERIOD,
				.rate = job->rate,
				.main = {left, right},
				.midi_out = midi,
				.midi_out_capacity = 256};
		job->compose(job->user);
		engine_process(job->engine, &io);
		status = job->sink(job->user, at, io.frames, left, right, midi, io.n_midi_out, err);
		at += io.frames;
	}
	return status;
}
