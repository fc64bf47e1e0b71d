#include "rt/tape.h"

#include "rt/ring.h"

#include <stdlib.h>
#include <string.h>

enum { SECONDS = 2, HITS = 2048, GAPS = 64 };

struct tape {
	ring hits; /* tape_hit */
	ring gaps; /* tape_gap */
	int channels;
	uint32_t rate, mask;               /* frames of the ring, less one */
	float *data;                       /* interleaved */
	alignas(64) _Atomic uint64_t head; /* frames written; the audio thread's */
	uint64_t time;                     /* and what was lost before them */
	uint32_t gap;                      /* lost, not yet marked */
	_Atomic uint64_t lost;
	alignas(64) _Atomic uint64_t tail; /* frames read; the writer's */
	tape_gap next;                     /* taken from the ring */
	bool has_next;
};

dr_status
tape_new(bool all, uint32_t rate, tape **out, dr_error *err)
{
	*out = NULL;
	tape *t = NULL;
	uint32_t frames = 4096;
	while (frames < SECONDS * rate)
		frames *= 2;
	if (posix_memalign((void **)&t, 64, sizeof *t) != 0)
		return error_set(err, DR_FAILED, "out of memory for the recording");
	memset(t, 0, sizeof *t);
	t->channels = all ? TAPE_ALL : TAPE_MAIN;
	t->rate = rate;
	t->mask = frames - 1;
	const size_t size = (size_t)frames * (size_t)t->channels * sizeof(float);
	dr_status status = ring_init(&t->hits, HITS, sizeof(tape_hit), err);
	if (status == DR_OK)
		status = ring_init(&t->gaps, GAPS, sizeof(tape_gap), err);
	if (status == DR_OK && !(t->data = malloc(size)))
		status = error_set(err, DR_FAILED, "out of memory for the recording");
	if (status != DR_OK) {
		tape_free(t);
		return status;
	}
	memset(t->data, 1, size); /* not calloc: every page is there */
	*out = t;
	return DR_OK;
}

void
tape_free(tape *t)
{
	if (!t)
		return;
	ring_free(&t->hits);
	ring_free(&t->gaps);
	free(t->data);
	free(t);
}

int
tape_channels(const tape *t)
{
	return t->channels;
}

uint32_t
tape_rate(const tape *t)
{
	return t->rate;
}

uint64_t
tape_lost(const tape *t)
{
	return atomic_load_explicit(&t->lost, memory_order_relaxed);
}

/* --- audio thread -------------------------------------------------------------------------------------- */

static void
lose(tape *t, uint32_t frames)
{
	t->gap += frames;
	t->time += frames;
	atomic_fetch_add_explicit(&t->lost, frames, memory_order_relaxed);
}

static void
interleave(tape *t, uint64_t at, uint32_t frames, int channel, const float *x)
{
	const size_t step = (size_t)t->channels;
	for (uint32_t f = 0; f < frames; f++)
		t->data[((at + f) & t->mask) * step + (size_t)channel] = x[f];
}

void
tape_write(tape *t, uint32_t rate, uint32_t frames, const float *left, const float *right,
	   const float *const bus[2 * INSTRUMENTS])
{
	const uint64_t head = atomic_load_explicit(&t->head, memory_order_relaxed); /* own */
	/* Acquire: what the writer has read is read. */
	const uint64_t tail = atomic_load_explicit(&t->tail, memory_order_acquire);
	const bool room = head - tail + frames <= (uint64_t)t->mask + 1;
	if (rate != t->rate || !room || (t->gap && !ring_push(&t->gaps, &(tape_gap){head, t->gap}))) {
		lose(t, frames);
		return;
	}
	t->gap = 0;
	interleave(t, head, frames, 0, left);
	interleave(t, head, frames, 1, right);
	for (int c = TAPE_MAIN; c < t->channels; c++)
		interleave(t, head, frames, c, bus[c - TAPE_MAIN]);
	t->time += frames;
	/* Release: samples, and the gap before them, are there. */
	atomic_store_explicit(&t->head, head + frames, memory_order_release);
}

void
tape_strike(tape *t, uint32_t ahead, float tempo, float beat, int instrument, int velocity)
{
	/* A full ring loses a note of the MIDI file, not its time. */
	(void)ring_push(&t->hits, &(tape_hit){.frame = t->time + ahead,
					      .tempo = tempo,
					      .beat = beat,
					      .instrument = (uint8_t)instrument,
					      .velocity = (uint8_t)velocity});
}

/* --- writer -------------------------------------------------------------------------------------------- */

/* Silence for the gap at `tail`, if there is one; returns its frames, at most `frames`. */
static uint32_t
read_gap(tape *t, uint64_t tail, float *out, uint32_t frames)
{
	if (!t->has_next)
		t->has_next = ring_pop(&t->gaps, &t->next);
	if (!t->has_next || t->next.at != tail)
		return 0;
	const uint32_t n = t->next.frames < frames ? t->next.frames : frames;
	memset(out, 0, (size_t)n * (size_t)t->channels * sizeof(float));
	t->next.frames -= n;
	t->has_next = t->next.frames > 0;
	return n;
}

uint32_t
tape_read(tape *t, float *interleaved, uint32_t frames)
{
	/* The head first: whatever gap lies before it is in the ring then. */
	const uint64_t head = atomic_load_explicit(&t->head, memory_order_acquire);
	const uint64_t tail = atomic_load_explicit(&t->tail, memory_order_relaxed); /* own */
	if (tail == head)
		return 0; /* a gap at the end is told with what follows it */
	const uint32_t silent = read_gap(t, tail, interleaved, frames);
	if (silent)
		return silent;
	uint64_t n = head - tail;
	if (t->has_next && t->next.at - tail < n)
		n = t->next.at - tail;
	if (n > frames)
		n = frames;
	const size_t step = (size_t)t->channels;
	for (uint64_t f = 0; f < n; f++)
		memcpy(interleaved + f * step, t->data + ((tail + f) & t->mask) * step, step * sizeof(float));
	atomic_store_explicit(&t->tail, tail + n, memory_order_release);
	return (uint32_t)n;
}

bool
tape_read_hit(tape *t, tape_hit *hit)
{
	return ring_pop(&t->hits, hit);
}
