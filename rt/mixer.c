#include "rt/mixer.h"

#include "rt/block.h"
#include "rt/smooth.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

static const float cut_seconds = 0.003f;
static const float silence = 1e-6f; /* -120 dB: effects that are below it have rung out */

dr_status
mixer_new(mixer *m, uint32_t rate, dr_error *err)
{
	memset(m, 0, sizeof *m);
	dr_status status = delay_new(&m->delay, err);
	if (status == DR_OK)
		status = reverb_new(&m->reverb, err);
	if (status == DR_OK)
		mixer_reset(m, rate);
	else
		mixer_free(m);
	return status;
}

void
mixer_free(mixer *m)
{
	if (m->delay.line[0])
		munlock(m->delay.line[0], delay_bytes());
	if (m->reverb.memory)
		munlock(m->reverb.memory, reverb_bytes());
	delay_free(&m->delay);
	reverb_free(&m->reverb);
}

bool
mixer_lock(const mixer *m)
{
	return mlock(m->delay.line[0], delay_bytes()) == 0 && mlock(m->reverb.memory, reverb_bytes()) == 0;
}

static void
reset_tails(mixer *m)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		strip_reset(&m->channel[i].strip);
		m->channel[i].rings = false;
	}
	delay_reset(&m->delay, m->rate);
	reverb_reset(&m->reverb, m->rate);
}

void
mixer_reset(mixer *m, uint32_t rate)
{
	memset(m->channel, 0, sizeof m->channel);
	m->rate = rate;
	m->peak[0] = m->peak[1] = 0.0f;
	m->cut = 1.0f;
	m->cutting = m->settled = m->echoing = m->reverberating = false;
	reset_tails(m);
	duck_init(&m->duck);
	limiter_init(&m->limiter, rate);
}

float
mixer_fader_gain(float position)
{
	const float x = position / 0.7f;
	return x * x;
}

float
mixer_delay_steps(int choice)
{
	/* As the table names them: 1/32, 1/16T, 1/16, 1/8T, 1/16D, 1/8, 1/4T, 1/8D, 1/4, 1/4D, 1/2, 1/1. */
	static const float steps[] = {0.5f,        2.0f / 3.0f, 1.0f, 4.0f / 3.0f, 1.5f, 2.0f,
				      8.0f / 3.0f, 3.0f,        4.0f, 6.0f,        8.0f, 16.0f};
	return steps[choice];
}

void
mixer_kick(mixer *m, int velocity)
{
	duck_hit(&m->duck, (float)velocity / 127.0f, m->rate);
}

void
mixer_cut(mixer *m)
{
	m->cutting = true;
}

uint32_t
mixer_latency(const mixer *m)
{
	return limiter_latency(&m->limiter);
}

/* A control's next place, by the table's smoothing; at its place at once where it has not settled. */
static float
follow(const mixer *m, bool settled, float from, float to, int slot, uint32_t frames)
{
	return settled ? smooth(from, to, param_describe(slot)->smoothing_ms, frames, m->rate, 1e-5f) : to;
}

static bool
any_solo(const params *p)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		if (params_get(p, param_slot(PARAM_SOLO, i)) >= 0.5f)
			return true;
	return false;
}

/* --- channels ----------------------------------------------------------------------------------------- */

/* The gains that a channel's controls ask for at the end of the chunk. cut: what a panic leaves of them. */
static void
follow_gains(const mixer *m, mixer_channel *ch, const params *p, int i, bool solo, uint32_t frames)
{
	const int level = param_slot(PARAM_LEVEL, i), pan = param_slot(PARAM_PAN, i),
		  mute = param_slot(PARAM_MUTE, i);
	const bool audible =
	    params_get(p, mute) < 0.5f && (!solo || params_get(p, param_slot(PARAM_SOLO, i)) >= 0.5f);
	const float level_to = mixer_fader_gain(params_get(p, level)), pan_to = params_get(p, pan);
	const float audible_to = audible ? 1.0f : 0.0f;
	/* At rest nothing is computed: periods may be cut into many short pieces by what arrives in them. */
	if (ch->settled && ch->cut == m->cut && ch->level == level_to && ch->pan == pan_to &&
	    ch->audible == audible_to)
		return;
	ch->level = follow(m, ch->settled, ch->level, level_to, level, frames);
	ch->pan = follow(m, ch->settled, ch->pan, pan_to, pan, frames);
	ch->audible = follow(m, ch->settled, ch->audible, audible_to, mute, frames);
	ch->cut = m->cut;
	/* Equal power, unity in the middle. */
	const float angle = (ch->pan + 1.0f) * 0.78539816f;
	const float gain = ch->level * ch->audible * ch->cut * 1.41421356f;
	ch->left = gain * cosf(angle);
	ch->right = gain * sinf(angle);
}

/* Adds a channel to a send whose gain goes from *reached to where its control stands. True if anything was.
 */
static bool
feed(const mixer *m, const mixer_channel *ch, const params *p, int slot, float *reached, uint32_t frames,
     float bus[2][VOICE_CHUNK], float *left, float *right)
{
	const float to = follow(m, ch->settled, *reached, params_get(p, slot), slot, frames);
	const float from = ch->settled ? *reached : to, step = (to - from) / (float)frames;
	*reached = to;
	if (from == 0.0f && to == 0.0f)
		return false;
	block_add_ramp(frames, bus[0], from, step, left);
	block_add_ramp(frames, bus[1], from, step, right);
	return true;
}

/* Turns a channel down under the kick. The kick itself is left alone. */
static void
duck_channel(const mixer *m, mixer_channel *ch, const params *p, int i, uint32_t frames,
	     float bus[2][VOICE_CHUNK])
{
	const int slot = param_slot(PARAM_DUCK, i);
	const float before = ch->settled ? ch->depth : params_get(p, slot);
	ch->depth = follow(m, ch->settled, ch->depth, params_get(p, slot), slot, frames);
	if (!m->ducking || i == INST_BD)
		return;
	const float from = before * m->duck_from, to = ch->depth * m->duck_amount;
	const float step = (to - from) / (float)frames;
	block_duck(frames, m->envelope, from, step, bus[0]);
	block_duck(frames, m->envelope, from, step, bus[1]);
}

/* False if the channel is silent and nothing was done. */
static bool
channel_run(mixer *m, const mixer_input *in, int i, bool solo, float bus[2][VOICE_CHUNK])
{
	mixer_channel *ch = &m->channel[i];
	const uint32_t frames = in->frames;
	const bool heard = in->heard >> i & 1;
	if (!heard && !ch->rings) {
		ch->settled = ch->strip.settled = false;
		return false;
	}
	ch->rings = strip_run(&ch->strip, in->params, i, m->rate, frames, bus[0], bus[1]);
	if (!heard &&
	    (!ch->rings || fmaxf(block_peak(frames, bus[0]), block_peak(frames, bus[1])) < silence)) {
		strip_reset(&ch->strip);
		ch->rings = false;
	}
	const float left = ch->left, right = ch->right;
	follow_gains(m, ch, in->params, i, solo, frames);
	const float from_left = ch->settled ? left : ch->left, from_right = ch->settled ? right : ch->right;
	block_ramp(frames, from_left, (ch->left - from_left) / (float)frames, bus[0]);
	block_ramp(frames, from_right, (ch->right - from_right) / (float)frames, bus[1]);
	duck_channel(m, ch, in->params, i, frames, bus);
	ch->peak = fmaxf(ch->peak, fmaxf(block_peak(frames, bus[0]), block_peak(frames, bus[1])));
	return true;
}

/* --- delay and reverb ----------------------------------------------------------------------------------- */

/* Adds what an effect returns to main, at its fader and under the kick. */
static void
add_return(mixer *m, const params *p, int slot, bool settled, float *level, uint32_t frames,
	   float *const wet[2], float *const main[2])
{
	const float to = follow(m, settled, *level, mixer_fader_gain(params_get(p, slot)), slot, frames);
	const float from = (settled ? *level : to) * m->cut_from, step = (to * m->cut - from) / (float)frames;
	*level = to;
	for (int c = 0; c < 2; c++) {
		if (m->ducking)
			block_duck(frames, m->envelope, m->duck_from,
				   (m->duck_amount - m->duck_from) / (float)frames, wet[c]);
		block_add_ramp(frames, wet[c], from, step, main[c]);
	}
}

static void
run_delay(mixer *m, const mixer_input *in, float *const main[2])
{
	const params *p = in->params;
	const uint32_t frames = in->frames;
	const bool on = m->echoing;
	m->feedback =
	    follow(m, on, m->feedback, params_get(p, PARAM_DELAY_FEEDBACK), PARAM_DELAY_FEEDBACK, frames);
	m->tone = follow(m, on, m->tone, log2f(params_get(p, PARAM_DELAY_TONE)), PARAM_DELAY_TONE, frames);
	const double step = 15.0 / in->tempo * m->rate;
	const delay_settings to = {
	    .frames = (float)(mixer_delay_steps((int)params_get(p, PARAM_DELAY_TIME)) * step),
	    .feedback = m->feedback,
	    .tone = exp2f(m->tone)};
	for (uint32_t f = 0; f < frames; f++)
		m->to_delay[0][f] = 0.5f * (m->to_delay[0][f] + m->to_delay[1][f]);
	delay_run(&m->delay, &to, m->to_delay[0], frames, m->wet[0], m->wet[1]);
	add_return(m, p, PARAM_DELAY_LEVEL, on, &m->delay_level, frames,
		   (float *const[2]){m->wet[0], m->wet[1]}, main);
	m->echoing = true;
}

static void
run_reverb(mixer *m, const mixer_input *in, float *const main[2])
{
	const params *p = in->params;
	const bool on = m->reverberating;
	m->size =
	    follow(m, on, m->size, log2f(params_get(p, PARAM_REVERB_SIZE)), PARAM_REVERB_SIZE, in->frames);
	m->damping =
	    follow(m, on, m->damping, params_get(p, PARAM_REVERB_DAMPING), PARAM_REVERB_DAMPING, in->frames);
	reverb_run(&m->reverb, (reverb_settings){exp2f(m->size), m->damping}, in->frames, m->to_reverb[0],
		   m->to_reverb[1]);
	add_return(m, p, PARAM_REVERB_LEVEL, on, &m->reverb_level, in->frames,
		   (float *const[2]){m->to_reverb[0], m->to_reverb[1]}, main);
	m->reverberating = true;
}

/* --- all of it -------------------------------------------------------------------------------------------
 */

/* Down in a few milliseconds; then the tails are emptied, and it goes up again. */
static void
follow_cut(mixer *m, uint32_t frames)
{
	const float step = (float)frames / (cut_seconds * (float)m->rate);
	m->cut_from = m->cut;
	if (m->cutting && m->cut <= 0.0f) {
		reset_tails(m);
		m->cutting = false;
	}
	m->cut = m->cutting ? fmaxf(0.0f, m->cut - step) : fminf(1.0f, m->cut + step);
}

static void
follow_duck(mixer *m, const mixer_input *in)
{
	const params *p = in->params;
	const float release = params_get(p, PARAM_DUCK_RELEASE) * (float)(15.0 / in->tempo * m->rate);
	const float before = m->duck_amount;
	m->duck_amount =
	    follow(m, m->settled, before, params_get(p, PARAM_DUCK_AMOUNT), PARAM_DUCK_AMOUNT, in->frames);
	m->duck_from = m->settled ? before : m->duck_amount;
	m->ducking = duck_run(&m->duck, release, in->frames, m->envelope) &&
		     (m->duck_from > 0.0f || m->duck_amount > 0.0f);
}

static void
run_main(mixer *m, const mixer_input *in, float *left, float *right)
{
	const float from = m->volume;
	m->volume = follow(m, m->settled, from,
			   MIXER_HEADROOM * mixer_fader_gain(params_get(in->params, PARAM_VOLUME)),
			   PARAM_VOLUME, in->frames);
	const float start = m->settled ? from : m->volume, step = (m->volume - start) / (float)in->frames;
	block_ramp(in->frames, start, step, left);
	block_ramp(in->frames, start, step, right);
	limiter_run(&m->limiter, left, right, in->frames);
	m->peak[0] = fmaxf(m->peak[0], block_peak(in->frames, left));
	m->peak[1] = fmaxf(m->peak[1], block_peak(in->frames, right));
}

void
mixer_run(mixer *m, const mixer_input *in, float bus[INSTRUMENTS][2][VOICE_CHUNK],
	  float main_left[VOICE_CHUNK], float main_right[VOICE_CHUNK])
{
	const params *p = in->params;
	const size_t bytes = in->frames * sizeof(float);
	const bool solo = any_solo(p);
	bool delay_fed = false, reverb_fed = false;
	float *const buffer[] = {main_left,      main_right,      m->to_delay[0],
				 m->to_delay[1], m->to_reverb[0], m->to_reverb[1]};
	for (size_t b = 0; b < sizeof buffer / sizeof *buffer; b++)
		memset(buffer[b], 0, bytes);
	follow_cut(m, in->frames);
	follow_duck(m, in);
	for (int i = 0; i < INSTRUMENTS; i++) {
		mixer_channel *ch = &m->channel[i];
		if (!channel_run(m, in, i, solo, bus[i]))
			continue;
		block_add(in->frames, bus[i][0], main_left);
		block_add(in->frames, bus[i][1], main_right);
		delay_fed |= feed(m, ch, p, param_slot(PARAM_SEND_DELAY, i), &ch->send_delay, in->frames,
				  bus[i], m->to_delay[0], m->to_delay[1]);
		reverb_fed |= feed(m, ch, p, param_slot(PARAM_SEND_REVERB, i), &ch->send_reverb, in->frames,
				   bus[i], m->to_reverb[0], m->to_reverb[1]);
		ch->settled = true;
	}
	float *const main[2] = {main_left, main_right};
	if (delay_fed || delay_sounds(&m->delay))
		run_delay(m, in, main);
	else
		m->echoing = false;
	if (reverb_fed || reverb_sounds(&m->reverb))
		run_reverb(m, in, main);
	else
		m->reverberating = false;
	run_main(m, in, main_left, main_right);
	m->settled = true;
}
