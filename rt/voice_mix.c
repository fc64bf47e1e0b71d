#include "rt/voice_mix.h"

#include "rt/block.h"
#include "rt/pitch.h"
#include "rt/simd.h"

#include <math.h>
#include <string.h>

#define ONE (1ull << 32)

/* Gains of the sources at some weights of the corners. */
static void
weigh(const voice *v, const float weight[KIT_CORNERS], float gain[VOICE_SOURCES])
{
	float sum = 0.0f, squares = 0.0f, loudness = 0.0f;
	for (int c = 0; c < KIT_CORNERS; c++)
		if (v->source[c].sample) {
			sum += weight[c];
			squares += weight[c] * weight[c];
			loudness += weight[c] * v->source[c].log_loudness;
		}
	memset(gain, 0, VOICE_SOURCES * sizeof *gain);
	if (sum < 1e-6f)
		return;
	float mixed = 1.0f;
	if (v->source[KIT_CORNERS].sample) {
		const float near = kit_set_nearness(v->place, weight);
		gain[KIT_CORNERS] = near * sum * v->source[KIT_CORNERS].gain;
		mixed = 1.0f - near;
	}
	if (mixed <= 0.0f)
		return;
	mixed *= sqrtf(sum / sqrtf(squares));
	for (int c = 0; c < KIT_CORNERS; c++)
		if (v->source[c].sample && weight[c] > 0.0f)
			gain[c] = mixed * weight[c] * v->source[c].gain *
				  (weight[c] < sum ? expf(loudness / sum - v->source[c].log_loudness) : 1.0f);
}

/* Most weights stand still, or begin where the last ones ended. */
static void
weigh_once(voice *v, const float weight[KIT_CORNERS], float gain[VOICE_SOURCES])
{
	bool same = true;
	for (int c = 0; c < KIT_CORNERS; c++)
		same = same && v->weighed[c] == weight[c];
	if (!same) {
		weigh(v, weight, v->gain);
		memcpy(v->weighed, weight, sizeof v->weighed);
	}
	memcpy(gain, v->gain, sizeof v->gain);
}

/* Eight lanes, read from any address. */
typedef float lanes __attribute__((vector_size(32)));
typedef float loose_lanes __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = 8 };

/* Adds n frames of a source to mix, its weight going linearly from gain at frame 0 (the first one here is
 * `start`), in whole vectors: what is behind the sample's end is its guard, what is behind n in mix nobody
 * reads. */
/* NOLINTBEGIN(clang-analyzer-core.NullDereference): x are channels of a playing sample, never NULL */
SIMD_CLONES_UNFUSED static void
add_channels(uint32_t n, uint32_t start, const float *const x[2], float gain, float slope,
	     float *const mix[2])
{
	static const lanes count = {0, 1, 2, 3, 4, 5, 6, 7};
	lanes frame = count + (float)(int32_t)start;
	for (uint32_t i = 0; i < n; i += LANES, frame += (float)LANES) {
		const lanes weight = gain + slope * frame;
		*(loose_lanes *)(mix[0] + i) += *(const loose_lanes *)(x[0] + i) * weight;
		if (mix[1])
			*(loose_lanes *)(mix[1] + i) += *(const loose_lanes *)(x[1] + i) * weight;
	}
}
/* NOLINTEND(clang-analyzer-core.NullDereference) */

/* Where a piece of a group's sources lies, and the sources' gains at its first frame and their change per
 * frame. */
typedef struct piece {
	int group;
	int64_t first; /* frame, counted from the onsets */
	uint32_t count;
	float weight[VOICE_SOURCES], slope[VOICE_SOURCES];
} piece;

/* Adds the piece's frames of a source; what lies outside the sample is silence. */
static void
add_source(const voice_source *source, const piece *p, float gain, float slope, float *const mix[2])
{
	const kit_sample *k = source->sample;
	const int64_t first = p->first + k->onset, end = (int64_t)k->frames - first;
	const uint32_t stop = end <= 0 ? 0 : end < (int64_t)p->count ? (uint32_t)end : p->count;
	const uint32_t start = first >= 0 ? 0 : -first < (int64_t)p->count ? (uint32_t)-first : p->count;
	if (stop <= start)
		return;
	const int64_t from = first + start;
	const float *const x[2] = {k->channel[0] + from,
				   (k->channel[1] ? k->channel[1] : k->channel[0]) + from};
	float *const to[2] = {mix[0] + start, mix[1] ? mix[1] + start : NULL};
	add_channels(stop - start, start, x, gain, slope, to);
}

/* Into mix[0] and, if there is one, mix[1]. */
static void
mix_piece(const voice *v, const piece *p, float *const mix[2])
{
	for (int c = 0; c < 2 && mix[c]; c++)
		memset(mix[c], 0, p->count * sizeof *mix[c]);
	for (int s = 0; s < VOICE_SOURCES; s++) {
		const voice_source *source = &v->source[s];
		if (source->sample && source->group == p->group &&
		    (p->weight[s] != 0.0f || p->slope[s] != 0.0f))
			add_source(source, p, p->weight[s], p->slope[s], mix);
	}
}

/* Gains of a piece that begins `before` frames of the sources after the chunk does. span: the chunk's length
 * in frames of the sources. */
static void
set_weights(piece *p, const float from[VOICE_SOURCES], const float to[VOICE_SOURCES], float before,
	    float span)
{
	for (int s = 0; s < VOICE_SOURCES; s++) {
		p->slope[s] = (to[s] - from[s]) / span;
		p->weight[s] = from[s] + p->slope[s] * before;
	}
}

/* At another pitch: in pieces, the group's sources together. */
static void
mix_pitched(voice_bank *b, const voice *v, int group, uint32_t frames, const float from[VOICE_SOURCES],
	    const float to[VOICE_SOURCES], float *left, float *right)
{
	const voice_group *g = &v->group[group];
	const float ratio = (float)g->increment * 0x1p-32f;
	int64_t position = g->position;
	for (uint32_t done = 0; done < frames;) {
		const uint64_t inside = (uint64_t)position & (ONE - 1);
		const uint64_t fit = (((uint64_t)(VOICE_RAW - PITCH_TAPS) << 32) - inside) / g->increment + 1;
		const uint32_t n = fit < frames - done ? (uint32_t)fit : frames - done;
		piece p = {.group = group,
			   .first = (position >> 32) - PITCH_BEFORE,
			   .count = (uint32_t)((inside + (n - 1) * g->increment) >> 32) + PITCH_TAPS};
		set_weights(&p, from, to, (float)(p.first - (g->position >> 32)), ratio * (float)frames);
		mix_piece(v, &p, (float *const[2]){b->raw[0], right ? b->raw[1] : NULL});
		pitch_run(g->band, b->raw[0], right ? b->raw[1] : NULL, inside, g->increment, n, left + done,
			  (right ? right : left) + done);
		position += (int64_t)(n * g->increment);
		done += n;
	}
}

static void
mix_group(voice_bank *b, const voice *v, int group, uint32_t frames, const float from[VOICE_SOURCES],
	  const float to[VOICE_SOURCES], float *left, float *right)
{
	const voice_group *g = &v->group[group];
	if (g->increment != ONE || ((uint64_t)g->position & (ONE - 1)) != 0) {
		mix_pitched(b, v, group, frames, from, to, left, right);
		return;
	}
	piece p = {.group = group, .first = g->position >> 32, .count = frames};
	set_weights(&p, from, to, 0.0f, (float)frames);
	mix_piece(v, &p, (float *const[2]){left, right});
}

/* A group of which nothing is heard, like the corners of a voice that plays its morph, is not read. */
static bool
is_heard(const voice *v, int group, const float from[VOICE_SOURCES], const float to[VOICE_SOURCES])
{
	for (int s = 0; s < VOICE_SOURCES; s++)
		if (v->source[s].sample && v->source[s].group == group && (from[s] > 0.0f || to[s] > 0.0f))
			return true;
	return false;
}

void
voice_mix(voice_bank *b, voice *v, uint32_t frames, const float from[KIT_CORNERS],
	  const float to[KIT_CORNERS])
{
	float gain_from[VOICE_SOURCES], gain_to[VOICE_SOURCES];
	bool begun = false;
	weigh_once(v, from, gain_from);
	weigh_once(v, to, gain_to);
	for (int g = 0; g < v->n_groups; g++) {
		if (is_heard(v, g, gain_from, gain_to)) {
			float *left = begun ? b->more[0] : b->mix_left,
			      *right = begun ? b->more[1] : b->mix_right;
			mix_group(b, v, g, frames, gain_from, gain_to, left, v->stereo ? right : NULL);
			if (begun)
				block_add(frames, left, b->mix_left);
			if (begun && v->stereo)
				block_add(frames, right, b->mix_right);
			begun = true;
		}
		v->group[g].position += (int64_t)(v->group[g].increment * frames);
	}
	if (!begun) {
		memset(b->mix_left, 0, frames * sizeof *b->mix_left);
		memset(b->mix_right, 0, frames * sizeof *b->mix_right);
	}
}

bool
voice_is_over(const voice *v)
{
	for (int s = 0; s < VOICE_SOURCES; s++) {
		const voice_source *source = &v->source[s];
		if (source->sample && (v->group[source->group].position >> 32) + source->sample->onset <
					  (int64_t)source->sample->frames + PITCH_BEFORE)
			return false;
	}
	return true;
}
