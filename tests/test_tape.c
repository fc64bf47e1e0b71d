#include "tests/test.h"

#include "rt/rng.h"
#include "rt/tape.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { RATE = 8000, LONGEST = 256, SMALL_RATE = 2000, SMALL = 4096 /* frames that its tape holds */ };

/* Frame n of channel c. */
static float
sample(uint64_t n, int c)
{
	return (float)((n * 31 + (uint64_t)c * 7) % 65536) + 1.0f; /* never 0 */
}

static void
write_frames(tape *t, uint64_t first, uint32_t frames, uint32_t rate)
{
	static float channel[TAPE_ALL][LONGEST];
	const float *bus[2 * INSTRUMENTS];
	for (int c = 0; c < TAPE_ALL; c++)
		for (uint32_t f = 0; f < frames; f++)
			channel[c][f] = sample(first + f, c);
	for (int c = 0; c < 2 * INSTRUMENTS; c++)
		bus[c] = channel[TAPE_MAIN + c];
	tape_write(t, rate, frames, channel[0], channel[1], bus);
}

/* Reads what is there and compares; frames that are 0 are counted as lost. Returns the frames read. */
static uint64_t
read_frames(tape *t, uint64_t from, uint64_t *silent)
{
	static float block[100 * TAPE_ALL];
	const int channels = tape_channels(t);
	uint64_t at = from;
	for (uint32_t n; (n = tape_read(t, block, 100)) > 0;) {
		for (uint32_t f = 0; f < n; f++, at++) {
			const float *x = block + (size_t)f * (size_t)channels;
			*silent += x[0] == 0.0f;
			for (int c = 0; c < channels; c++)
				assert_true(x[c] == (x[0] == 0.0f ? 0.0f : sample(at, c)));
		}
	}
	return at - from;
}

static void
what_goes_in_comes_out(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	for (int all = 0; all < 2; all++) {
		tape *t;
		uint64_t written = 0, read = 0, silent = 0;
		assert_ok(tape_new(all != 0, RATE, &t, &test_error));
		assert_int_equal(tape_channels(t), all ? TAPE_ALL : TAPE_MAIN);
		for (int i = 1; written < 200000; i++) {
			const uint32_t n = (uint32_t)(rng_next(&seed) % (LONGEST + 1));
			write_frames(t, written, n, RATE);
			written += n;
			if (i % 60 == 0 || rng_next(&seed) % 20 == 0) /* 60 of them fit in */
				read += read_frames(t, read, &silent);
		}
		read += read_frames(t, read, &silent);
		assert_int_equal(read, written);
		assert_int_equal(silent, 0);
		assert_int_equal(tape_lost(t), 0);
		tape_free(t);
	}
}

/* Nobody reads for a while, or the rate is another: silence of the same length, at the same place. */
static void
what_is_lost_keeps_its_place(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	tape *t;
	uint64_t written = 0, read = 0, silent = 0;
	assert_ok(tape_new(false, RATE, &t, &test_error));
	while (written < 2000000) {
		const uint32_t n = 1 + (uint32_t)(rng_next(&seed) % LONGEST);
		write_frames(t, written, n, rng_next(&seed) % 50 ? RATE : RATE + 1);
		written += n;
		if (rng_next(&seed) % 100 == 0)
			read += read_frames(t, read, &silent);
	}
	read += read_frames(t, read, &silent);
	write_frames(t, written, 1, RATE); /* a gap at the end is told with what follows */
	read += read_frames(t, read, &silent);
	assert_int_equal(read, written + 1);
	assert_true(silent > 1000);
	assert_int_equal(silent, tape_lost(t));
	tape_free(t);
}

static void
hits_have_the_tapes_time(void **state)
{
	(void)state;
	tape *t;
	tape_hit h;
	assert_ok(tape_new(false, RATE, &t, &test_error));
	write_frames(t, 0, 100, RATE);
	tape_strike(t, 5, 120.0f, 1.5f, INST_SD, 99);
	write_frames(t, 0, 50, RATE + 1); /* lost, and time all the same */
	tape_strike(t, 0, 121.0f, 2.0f, INST_BD, 1);
	assert_true(tape_read_hit(t, &h));
	assert_true(h.frame == 105 && h.instrument == INST_SD && h.velocity == 99 && h.beat == 1.5f);
	assert_true(tape_read_hit(t, &h) && h.frame == 150 && h.tempo == 121.0f);
	assert_false(tape_read_hit(t, &h));
	tape_free(t);
}

static tape *shared;
static _Atomic bool ended;

static void *
writer(void *arg)
{
	uint64_t seed = *(uint64_t *)arg;
	for (uint64_t at = 0; at < 1000000;) {
		const uint32_t n = 1 + (uint32_t)(rng_next(&seed) % LONGEST);
		write_frames(shared, at, n, RATE);
		at += n;
		if (rng_next(&seed) % 64 == 0)
			sched_yield();
	}
	atomic_store(&ended, true);
	return NULL;
}

static void
two_threads_agree(void **state)
{
	(void)state;
	uint64_t seed = test_seed(), read = 0, silent = 0;
	pthread_t thread;
	assert_ok(tape_new(false, RATE, &shared, &test_error));
	atomic_store(&ended, false);
	assert_int_equal(pthread_create(&thread, NULL, writer, &seed), 0);
	while (!atomic_load(&ended))
		read += read_frames(shared, read, &silent);
	pthread_join(thread, NULL);
	read += read_frames(shared, read, &silent);
	assert_true(read > 100000 && silent <= tape_lost(shared));
	tape_free(shared);
}

static _Atomic uint64_t taken; /* relaxed: it must order nothing but the test's pace */

/* Asleep, not in a loop, and the smallest tape: who watches threads forgets what was read too many calls ago.
 */
static void
nap(void)
{
	nanosleep(&(struct timespec){0, 100000}, NULL);
}

static void *
writer_in_time(void *arg)
{
	uint64_t seed = *(uint64_t *)arg;
	for (uint64_t at = 0; at < 200000;) {
		const uint32_t n = 1 + (uint32_t)(rng_next(&seed) % LONGEST);
		while (at + n > atomic_load_explicit(&taken, memory_order_relaxed) + SMALL)
			nap();
		write_frames(shared, at, n, SMALL_RATE);
		at += n;
	}
	atomic_store(&ended, true);
	return NULL;
}

/* Round and round without a gap: frames are written over only when they have been read. */
static void
a_reader_in_time_loses_nothing(void **state)
{
	(void)state;
	uint64_t seed = test_seed(), read = 0, silent = 0;
	pthread_t thread;
	assert_ok(tape_new(false, SMALL_RATE, &shared, &test_error));
	atomic_store(&ended, false);
	atomic_store(&taken, 0);
	assert_int_equal(pthread_create(&thread, NULL, writer_in_time, &seed), 0);
	for (bool last = false; !last;) {
		last = atomic_load(&ended);
		read += read_frames(shared, read, &silent);
		atomic_store_explicit(&taken, read, memory_order_relaxed);
		nap();
	}
	pthread_join(thread, NULL);
	assert_true(read >= 200000 && silent == 0 && tape_lost(shared) == 0);
	tape_free(shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_in_comes_out),         cmocka_unit_test(what_is_lost_keeps_its_place),
	    cmocka_unit_test(hits_have_the_tapes_time),       cmocka_unit_test(two_threads_agree),
	    cmocka_unit_test(a_reader_in_time_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
