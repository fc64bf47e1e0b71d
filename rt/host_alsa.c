/* ALSA's PCM as a host: the only file that knows it. A thread of its own writes period after period;
 * engine_process runs in it between two writes. */
#include "rt/host_ops.h"

#include <alsa/asoundlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD = 256, PERIODS = 3, MAX_PERIOD = 8192 };

typedef struct alsa_host {
	host base;
	snd_pcm_t *pcm;
	snd_pcm_format_t format;
	uint32_t rate, period;
	engine *engine;
	pthread_t thread;
	bool started, realtime;
	_Atomic bool quit, gone;
	_Atomic uint32_t xruns;
	float left[MAX_PERIOD], right[MAX_PERIOD];
	unsigned char frames[MAX_PERIOD * 2 * 4];
} alsa_host;

static void
interleave(alsa_host *h)
{
	float *f = (float *)(void *)h->frames;
	int32_t *s32 = (int32_t *)(void *)h->frames;
	int16_t *s16 = (int16_t *)(void *)h->frames;
	for (uint32_t i = 0; i < h->period; i++)
		for (uint32_t c = 0; c < 2; c++) {
			const float x = c ? h->right[i] : h->left[i];
			if (h->format == SND_PCM_FORMAT_FLOAT)
				f[2 * i + c] = x;
			else if (h->format == SND_PCM_FORMAT_S32)
				s32[2 * i + c] = (int32_t)lrint((double)x * 2147483520.0);
			else
				s16[2 * i + c] = (int16_t)lrintf(x * 32767.0f);
		}
}

/* Writes one period, recovering from xruns and suspends; false if the device is gone. */
static bool
write_period(alsa_host *h)
{
	const size_t bytes = h->format == SND_PCM_FORMAT_S16 ? 4 : 8;
	uint32_t done = 0;
	while (done < h->period && !atomic_load_explicit(&h->quit, memory_order_relaxed)) {
		snd_pcm_sframes_t n = snd_pcm_writei(h->pcm, h->frames + done * bytes, h->period - done);
		if (n == -EPIPE || n == -ESTRPIPE)
			atomic_fetch_add_explicit(&h->xruns, 1, memory_order_relaxed);
		if (n < 0 && snd_pcm_recover(h->pcm, (int)n, 1) < 0)
			return false;
		if (n > 0)
			done += (uint32_t)n;
	}
	return true;
}

static void *
run(void *arg)
{
	alsa_host *h = arg;
	engine_midi out[64];
	host_touch_stack();
	while (!atomic_load_explicit(&h->quit, memory_order_relaxed)) {
		engine_io io = {.frames = h->period,
				.rate = h->rate,
				.main = {h->left, h->right},
				.midi_out = out,
				.midi_out_capacity = 64,
				.time_us = host_now_us()};
		engine_process(h->engine, &io);
		interleave(h);
		if (!write_period(h)) {
			atomic_store_explicit(&h->gone, true, memory_order_release);
			break;
		}
	}
	return NULL;
}

static dr_status
alsa_start(host *base, engine *e, dr_error *err)
{
	alsa_host *h = (alsa_host *)base;
	h->engine = e;
	const dr_status status = host_start_thread(&h->thread, 70, run, h, &h->realtime, err);
	h->started = status == DR_OK;
	return status;
}

static void
alsa_close(host *base)
{
	alsa_host *h = (alsa_host *)base;
	atomic_store_explicit(&h->quit, true, memory_order_relaxed);
	if (h->started)
		pthread_join(h->thread, NULL);
	snd_pcm_drop(h->pcm);
	snd_pcm_close(h->pcm);
	free(h);
}

static void
alsa_poll(host *base, host_status *status)
{
	alsa_host *h = (alsa_host *)base;
	status->alive = !atomic_load_explicit(&h->gone, memory_order_acquire);
	status->realtime = h->realtime;
	status->rate = h->rate;
	status->period = h->period;
	status->xruns = atomic_load_explicit(&h->xruns, memory_order_relaxed);
	status->load = -1.0f;
}

static const host_ops alsa_ops = {
    .name = "ALSA", .start = alsa_start, .close = alsa_close, .poll = alsa_poll};

/* Two channels in the first of our formats that the device takes, near the wanted rate and period. */
static int
configure(alsa_host *h)
{
	static const snd_pcm_format_t formats[] = {SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_S32,
						   SND_PCM_FORMAT_S16};
	snd_pcm_hw_params_t *hw;
	snd_pcm_hw_params_alloca(&hw);
	int error = snd_pcm_hw_params_any(h->pcm, hw);
	if (error >= 0)
		error = snd_pcm_hw_params_set_access(h->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (error < 0)
		return error;
	h->format = SND_PCM_FORMAT_UNKNOWN;
	for (size_t i = 0; i < sizeof formats / sizeof *formats && h->format == SND_PCM_FORMAT_UNKNOWN; i++)
		if (snd_pcm_hw_params_set_format(h->pcm, hw, formats[i]) == 0)
			h->format = formats[i];
	if (h->format == SND_PCM_FORMAT_UNKNOWN)
		return -EINVAL;
	snd_pcm_uframes_t period = PERIOD;
	unsigned periods = PERIODS, rate = h->rate;
	if ((error = snd_pcm_hw_params_set_channels(h->pcm, hw, 2)) < 0 ||
	    (error = snd_pcm_hw_params_set_rate_near(h->pcm, hw, &rate, NULL)) < 0 ||
	    (error = snd_pcm_hw_params_set_period_size_near(h->pcm, hw, &period, NULL)) < 0 ||
	    (error = snd_pcm_hw_params_set_periods_near(h->pcm, hw, &periods, NULL)) < 0 ||
	    (error = snd_pcm_hw_params(h->pcm, hw)) < 0)
		return error;
	h->rate = rate;
	h->period = period < MAX_PERIOD ? (uint32_t)period : MAX_PERIOD;
	return 0;
}

static void
quiet(const char *file, int line, const char *function, int error, const char *fmt, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)error;
	(void)fmt; /* what matters is said by us, once */
}

dr_status
host_alsa_open(const host_options *options, host **out, dr_error *err)
{
	const char *device = options->device ? options->device : "default";
	alsa_host *h = calloc(1, sizeof *h);
	if (!h)
		return error_set(err, DR_FAILED, "out of memory for the ALSA back end");
	h->base.ops = &alsa_ops;
	h->rate = options->rate ? options->rate : 48000;
	snd_lib_error_set_handler(quiet);
	int error = snd_pcm_open(&h->pcm, device, SND_PCM_STREAM_PLAYBACK, 0);
	if (error < 0) {
		free(h);
		return error_set(err, DR_UNAVAILABLE, "no sound card: ALSA device \"%s\": %s", device,
				 snd_strerror(error));
	}
	error = configure(h);
	if (error < 0) {
		snd_pcm_close(h->pcm);
		free(h);
		return error_set(err, DR_UNAVAILABLE, "ALSA device \"%s\" does not play stereo: %s", device,
				 snd_strerror(error));
	}
	*out = &h->base;
	return DR_OK;
}
