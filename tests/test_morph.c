#include "tests/morph_measure.h"

#include "rt/kit_set.h"
#include "rt/rng.h"
#include "tests/sanitized.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static kit *kits[MEASURE_KITS];
static int n_kits;
static morph_work *work;

static int
load(void **state)
{
	(void)state;
	n_kits = measure_kits(kits);
	work = morph_work_new();
	return work ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	for (int i = 0; i < n_kits; i++)
		kit_free(kits[i]);
	morph_work_free(work);
	return 0;
}

static morph_source *
analyse(const kit_sample *s)
{
	morph_source *m;
	assert_ok(morph_analyse(s, MEASURE_RATE, &m, &test_error));
	return m;
}

static const kit_sample *
layer_of(const kit *k, int instrument, bool hardest)
{
	const kit_instrument *in = &k->instrument[instrument];
	return &in->layers[hardest ? in->n_layers - 1 : 0].sample;
}

/* The morph of two sources; free with kit_free. */
static kit *
between(const morph_source *a, const morph_source *b, float place)
{
	const morph_source *both[2] = {a, b};
	const float weight[2] = {1.0f - place, place};
	return measure_morph(work, 2, both, weight);
}

static const kit_sample *
sample_of(const kit *k)
{
	return &k->instrument[0].layers[0].sample;
}

/* --- sounds of our own -------------------------------------------------------------------------------- */

typedef double voice_fn(double seconds, void *user);

/* A kit of one sound: silence for `lead` frames, then the function. */
static kit *
make(uint32_t lead, uint32_t frames, int channels, voice_fn *fn, void *user)
{
	kit *k = kit_new(MEASURE_RATE);
	kit_layer *l;
	assert_ok(kit_add_layer(k, 0, lead + frames, channels, &l, &test_error));
	for (uint32_t i = 0; i < frames; i++)
		for (int c = 0; c < channels; c++)
			l->sample.channel[c][lead + i] = (float)fn((double)i / MEASURE_RATE, user);
	kit_finish(k);
	return k;
}

static double
tone(double t, void *user)
{
	return 0.5 * sin(2.0 * M_PI * *(double *)user * t) * exp(-6.0 * t);
}

static uint64_t noise_seed;

static double
noise(double t, void *user)
{
	return 0.5 * ((double)rng_next_unit(&noise_seed) - 0.5) * exp(-t / *(double *)user);
}

/* Noise through two resonances one after the other. */
typedef struct band {
	double hz, decay, state[4];
} band;

static double
banded(double t, void *user)
{
	band *b = user;
	const double r = 0.97, c = 2.0 * r * cos(2.0 * M_PI * b->hz / MEASURE_RATE);
	double x = 0.01 * ((double)rng_next_unit(&noise_seed) - 0.5);
	for (int k = 0; k < 4; k += 2) {
		x += c * b->state[k] - r * r * b->state[k + 1];
		b->state[k + 1] = b->state[k];
		b->state[k] = x;
	}
	return x * exp(-t / b->decay);
}

/* --- what is promised --------------------------------------------------------------------------------- */

static void
a_corner_is_its_own_sample(void **state)
{
	(void)state;
	double worst = -200.0;
	const morph_source *source[MEASURE_KITS];
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int hard = 0; hard < 2; hard++) {
			const int n = n_kits < KIT_CORNERS ? n_kits : KIT_CORNERS;
			for (int c = 0; c < n; c++)
				source[c] = analyse(layer_of(kits[c], i, hard));
			for (int c = 0; c < n; c++) {
				float weight[KIT_CORNERS] = {0};
				weight[c] = 1.0f;
				kit *k = measure_morph(work, n, source, weight);
				const kit_sample *own = layer_of(kits[c], i, hard);
				assert_int_equal(sample_of(k)->frames, own->frames);
				assert_int_equal(sample_of(k)->onset, own->onset);
				worst = fmax(worst, measure_error(sample_of(k), own));
				kit_free(k);
			}
			for (int c = 0; c < n; c++)
				morph_source_free((morph_source *)(uintptr_t)source[c]);
		}
	print_message("the worst corner differs from its sample by %.1f dB\n", worst);
	assert_true(worst < -90.0);
}

/* Near a corner it is nearly the sample: its spectrum from two hundredths of the way on; its very waveform,
 * too, with every step nearer, as fast as the smallest of differences in pitch lets phases drift apart. */
static void
towards_a_corner_it_becomes_the_sample(void **state)
{
	(void)state;
	double spectrum = 0.0, nearer = 0.0, wave = -200.0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const kit_sample *own = layer_of(kits[0], i, true);
		morph_source *a = analyse(own), *b = analyse(layer_of(kits[1], i, true));
		double last = 10.0;
		for (double far = 0.02; far > 1e-6; far *= 0.1) {
			kit *k = between(a, b, (float)far);
			const double error = measure_error(sample_of(k), own);
			const double off = measure_spectral(sample_of(k), own);
			if (far > 0.01)
				spectrum = fmax(spectrum, off);
			else if (far > 0.001)
				nearer = fmax(nearer, off);
			if (error > last + 1.0)
				fail_msg("%s: %.1f dB after %.1f dB", instrument_name(i), error, last);
			last = error;
			kit_free(k);
		}
		wave = fmax(wave, last);
		morph_source_free(a);
		morph_source_free(b);
	}
	print_message(
	    "2 %% away the spectrum differs by %.2f dB at most, 0.2 %% away by %.2f, 0.0002 %% away the "
	    "waveform by %.1f dB\n",
	    spectrum, nearer, wave);
	assert_true(spectrum < 5.0);
	assert_true(nearer < 1.0);
	assert_true(wave < -30.0);
}

/* One tone in between, in log frequency: the square root of 50 * 100 Hz is 70.71 Hz. */
static void
between_two_tones_is_one(void **state)
{
	(void)state;
	double low = 50.0, high = 100.0;
	kit *p = make(0, 48000, 1, tone, &low), *q = make(0, 48000, 1, tone, &high);
	morph_source *a = analyse(sample_of(p)), *b = analyse(sample_of(q));
	for (int z = 1; z < 8; z++) {
		kit *k = between(a, b, (float)z / 8.0f);
		const double wanted = low * pow(high / low, z / 8.0), found = measure_strongest(sample_of(k));
		assert_true(fabs(found / wanted - 1.0) < 0.03);
		kit_free(k);
	}
	kit *k = between(a, b, 0.5f);
	const double middle = measure_tone(sample_of(k), sqrt(low * high));
	print_message("half way between 50 and 100 Hz: %.2f Hz; 50 Hz %.1f dB, 100 Hz %.1f dB below it\n",
		      measure_strongest(sample_of(k)), middle - measure_tone(sample_of(k), low),
		      middle - measure_tone(sample_of(k), high));
	assert_true(measure_tone(sample_of(k), low) < middle - 20.0);
	assert_true(measure_tone(sample_of(k), high) < middle - 20.0);
	kit_free(k);
	morph_source_free(a);
	morph_source_free(b);
	kit_free(p);
	kit_free(q);
}

/* How far a value lies outside the range of two. */
static double
beyond(double x, double a, double b)
{
	return fmax(fmax(fmin(a, b) - x, x - fmax(a, b)), 0.0);
}

/* The worst over all pairs and places. */
typedef struct tally {
	double loudness;            /* from the interpolated, dB */
	double attack, decay;       /* beyond the parents', s */
	double attack_of, decay_of; /* the same over what is allowed */
	double centroid;            /* a step against its way, or beyond the parents', of it */
	double way;                 /* least way of a centroid from one parent to the other, of it */
	int pairs;
} tally;

/* A time is beyond the parents' when it is so by more than a millisecond or, of long ones, a hundredth; a
 * centroid by more than a thousandth. The level over 20 ms is sure to a decibel, and in time to less than
 * half of them. */
static const double least_time = 0.001, least_part = 0.01, least_centroid = 0.001;

static void
check_place(const measures *g, const measures *m, const measures *n, tally *t)
{
	const double off = beyond(g->attack, m->attack, n->attack);
	t->attack = fmax(t->attack, off);
	t->attack_of = fmax(t->attack_of, off / fmax(least_time, least_part * fmax(m->attack, n->attack)));
	for (int d = 0; d < 3; d++) {
		const double out = beyond(g->decay[d], m->decay[d], n->decay[d]);
		t->decay = fmax(t->decay, out);
		t->decay_of =
		    fmax(t->decay_of, out / fmax(least_time, least_part * fmax(m->decay[d], n->decay[d])));
		assert_true(g->level[d] > fmin(m->sooner[d], n->sooner[d]) - 0.008);
		assert_true(g->level[d] < fmax(m->later[d], n->later[d]) + 0.008);
	}
}

#ifdef SANITIZED
enum { STEPS = 2 }; /* what sanitizers look for is in any place, and they take their time */
#else
enum { STEPS = 10 };
#endif

static void
check_pair(const kit_sample *from, const kit_sample *to, const char *name, tally *t)
{
	morph_source *p = analyse(from), *q = analyse(to);
	const measures m = measure_sound(from), n = measure_sound(to);
	const double way = log(n.centroid / m.centroid);
	double last = 0.0;
	t->pairs++;
	t->way = fmin(t->way, fabs(way));
	for (int z = 0; z <= STEPS; z++) {
		const double place = (double)z / STEPS;
		kit *k = between(p, q, (float)place);
		const measures g = measure_sound(sample_of(k));
		check_place(&g, &m, &n, t);
		if (t->attack_of > 1.0 || t->decay_of > 1.0)
			fail_msg(
			    "%s at %.1f: attack %.1f ms of %.1f and %.1f, decay %.1f %.1f %.1f of %.1f %.1f "
			    "%.1f and %.1f %.1f %.1f",
			    name, place, 1e3 * g.attack, 1e3 * m.attack, 1e3 * n.attack, 1e3 * g.decay[0],
			    1e3 * g.decay[1], 1e3 * g.decay[2], 1e3 * m.decay[0], 1e3 * m.decay[1],
			    1e3 * m.decay[2], 1e3 * n.decay[0], 1e3 * n.decay[1], 1e3 * n.decay[2]);
		const double wanted = m.loudness + place * (n.loudness - m.loudness);
		t->loudness = fmax(t->loudness, fabs(g.loudness - wanted));
		const double colour = log(g.centroid / m.centroid);
		t->centroid = fmax(t->centroid, (last - colour) * (way > 0.0 ? 1.0 : -1.0));
		t->centroid = fmax(t->centroid, beyond(colour, 0.0, way));
		if (t->centroid > least_centroid)
			fail_msg("%s at %.1f: the centroid turns back by %.2f %%", name, place,
				 100.0 * t->centroid);
		last = colour;
		kit_free(k);
	}
	morph_source_free(p);
	morph_source_free(q);
}

/* Of every instrument every layer, and every take of it. */
static void
between_shipped_kits_all_measures_lie_between(void **state)
{
	(void)state;
	tally t = {.way = 10.0};
	for (int a = 0; a < n_kits; a++)
		for (int b = a + 1; b < n_kits; b++)
			for (int i = 0; i < INSTRUMENTS; i++) {
				const kit_instrument *p = &kits[a]->instrument[i],
						     *q = &kits[b]->instrument[i];
				for (uint32_t l = 0; l < p->n_layers && l < q->n_layers; l++) {
					char name[192];
					snprintf(name, sizeof name, "%s %u %s to %s", instrument_name(i),
						 l + 1, kits[a]->name, kits[b]->name);
					check_pair(&p->layers[l].sample, &q->layers[l].sample, name, &t);
				}
			}
	print_message(
	    "%d pairs of sounds at %d places, the worst: attack %.2f ms beyond the parents', decay "
	    "%.2f ms (%.2f and %.2f of what is allowed), centroid %.4f %% against its way (the least "
	    "way is %.2f %%), loudness %.2f dB from the interpolated\n",
	    t.pairs, STEPS + 1, 1e3 * t.attack, 1e3 * t.decay, t.attack_of, t.decay_of, 100.0 * t.centroid,
	    100.0 * t.way, t.loudness);
	assert_true(t.pairs >= 24);
	assert_true(t.loudness < 1.5);
}

/* Between sounds that differ in nothing else the centroid never turns back. */
static void
the_centroid_moves_one_way(void **state)
{
	(void)state;
	noise_seed = test_seed();
	double low = 90.0, high = 400.0;
	band dark = {.hz = 700.0, .decay = 0.1}, bright = {.hz = 5000.0, .decay = 0.1};
	kit *ends[2][2] = {{make(0, 24000, 1, tone, &low), make(0, 24000, 1, tone, &high)},
			   {make(0, 24000, 1, banded, &dark), make(0, 24000, 1, banded, &bright)}};
	for (int pair = 0; pair < 2; pair++) {
		morph_source *a = analyse(sample_of(ends[pair][0])), *b = analyse(sample_of(ends[pair][1]));
		double last = 0.0;
		for (int z = 0; z <= 10; z++) {
			kit *k = between(a, b, (float)z / 10.0f);
			const double now = measure_sound(sample_of(k)).centroid;
			assert_true(now > last);
			last = now;
			kit_free(k);
		}
		morph_source_free(a);
		morph_source_free(b);
		kit_free(ends[pair][0]);
		kit_free(ends[pair][1]);
	}
}

/* Sounds that begin at once after silence, of every kind: nothing is heard before. */
static void
nothing_is_heard_before_the_onset(void **state)
{
	(void)state;
	noise_seed = test_seed();
	enum { LEAD = 960, KINDS = 4 };
	double hz = 60.0, fast = 0.005, slow = 0.2, worst = -200.0;
	band b = {.hz = 2000.0, .decay = 0.05};
	kit *sound[KINDS] = {make(LEAD, 24000, 1, tone, &hz), make(LEAD, 9600, 2, noise, &fast),
			     make(LEAD, 24000, 1, noise, &slow), make(LEAD, 12000, 1, banded, &b)};
	for (int i = 0; i < KINDS; i++)
		for (int j = i + 1; j < KINDS; j++) {
			morph_source *p = analyse(sample_of(sound[i])), *q = analyse(sample_of(sound[j]));
			for (int z = 0; z <= 4; z++) {
				kit *k = between(p, q, (float)z / 4.0f);
				worst = fmax(worst, measure_before(sample_of(k), LEAD));
				kit_free(k);
			}
			morph_source_free(p);
			morph_source_free(q);
		}
	for (int i = 0; i < KINDS; i++)
		kit_free(sound[i]);
	print_message("before the onset: %.1f dB\n", worst);
	assert_true(worst < -60.0);
}

/* Small steps of the finger are small steps of the sound, wherever on the pad: the smaller, the smaller. */
static void
it_is_continuous_over_the_pad(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	static const int instruments[] = {INST_BD, INST_SD, INST_CP, INST_PC};
	double far = 0.0, near = 0.0;
	for (int n = 0; n < 4; n++) {
		const morph_source *source[KIT_CORNERS];
		for (int c = 0; c < KIT_CORNERS; c++)
			source[c] = analyse(layer_of(kits[c % n_kits], instruments[n], c < 2));
		for (int round = 0; round < 6; round++) {
			const float x = rng_next_unit(&seed), y = rng_next_unit(&seed);
			const float angle = 6.2831853f * rng_next_unit(&seed);
			kit *k[3];
			for (int s = 0; s < 3; s++) {
				static const float step[3] = {0.0f, 1e-7f, 0.01f};
				float weight[KIT_CORNERS];
				kit_set_weights(4, fminf(fmaxf(x + step[s] * cosf(angle), 0.0f), 1.0f),
						fminf(fmaxf(y + step[s] * sinf(angle), 0.0f), 1.0f), weight);
				k[s] = measure_morph(work, 4, source, weight);
			}
			near = fmax(near, measure_spectral(sample_of(k[0]), sample_of(k[1])));
			far = fmax(far, measure_spectral(sample_of(k[0]), sample_of(k[2])));
			for (int s = 0; s < 3; s++)
				kit_free(k[s]);
		}
		for (int c = 0; c < KIT_CORNERS; c++)
			morph_source_free((morph_source *)(uintptr_t)source[c]);
	}
	print_message("spectra a hundredth of the pad apart differ by %.2f dB at most, a millionth by %.4f\n",
		      far, near);
	assert_true(far < 5.0);
	assert_true(near < 0.05);
}

static void
alike_parents_have_a_child_alike(void **state)
{
	(void)state;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const kit_sample *own = layer_of(kits[0], i, true);
		morph_source *a = analyse(own), *b = analyse(own);
		kit *k = between(a, b, 0.4f);
		/* What the weights' rounding does to the pitch of a ride after a second. */
		assert_true(measure_error(sample_of(k), own) < -50.0);
		kit_free(k);
		morph_source_free(a);
		morph_source_free(b);
	}
}

static void
sides_are_kept(void **state)
{
	(void)state;
	noise_seed = test_seed();
	double slow = 0.1, slower = 0.2;
	kit *p = make(0, 9600, 2, noise, &slow), *q = make(0, 14400, 2, noise, &slower);
	memset(p->instrument[0].layers[0].sample.channel[1], 0, 9600 * sizeof(float));
	memset(q->instrument[0].layers[0].sample.channel[1], 0, 14400 * sizeof(float));
	morph_source *a = analyse(sample_of(p)), *b = analyse(sample_of(q));
	kit *k = between(a, b, 0.5f);
	const kit_sample *s = sample_of(k);
	double left = 0.0, right = 0.0;
	for (uint32_t i = 0; i < s->frames; i++) {
		left += (double)s->channel[0][i] * (double)s->channel[0][i];
		right += (double)s->channel[1][i] * (double)s->channel[1][i];
	}
	assert_true(left > 1.0 && right < 1e-4 * left);
	kit_free(k);
	morph_source_free(a);
	morph_source_free(b);
	kit_free(p);
	kit_free(q);
}

static double
nothing(double t, void *user)
{
	(void)t, (void)user;
	return 0.0;
}

static double
click(double t, void *user)
{
	(void)user;
	return t > 0.0 ? 0.0 : 0.9;
}

static double
constant(double t, void *user)
{
	(void)t, (void)user;
	return 0.3;
}

/* Silence, a single frame, a constant: whatever lies in a sample folder has a morph, and it is finite. */
static void
odd_sounds_do_no_harm(void **state)
{
	(void)state;
	noise_seed = test_seed();
	double slow = 0.1, hz = 11000.0;
	enum { KINDS = 7 };
	kit *sound[KINDS] = {make(0, 1, 1, click, NULL),   make(0, 5000, 1, nothing, NULL),
			     make(7, 600, 2, click, NULL), make(0, 3000, 1, constant, NULL),
			     make(0, 31, 2, noise, &slow), make(0, 40000, 1, noise, &slow),
			     make(100, 9000, 1, tone, &hz)};
	for (int i = 0; i < KINDS; i++)
		for (int j = 0; j < KINDS; j++) {
			morph_source *p = analyse(sample_of(sound[i])), *q = analyse(sample_of(sound[j]));
			for (int z = 0; z <= 3; z++) {
				kit *k = between(p, q, (float)z / 3.0f);
				const kit_sample *s = sample_of(k);
				for (int c = 0; c < 2 && s->channel[c]; c++)
					for (uint32_t f = 0; f < s->frames; f++)
						assert_true(fabsf(s->channel[c][f]) < 8.0f);
				kit_free(k);
			}
			morph_source_free(p);
			morph_source_free(q);
		}
	for (int i = 0; i < KINDS; i++)
		kit_free(sound[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_corner_is_its_own_sample),
	    cmocka_unit_test(towards_a_corner_it_becomes_the_sample),
	    cmocka_unit_test(between_two_tones_is_one),
	    cmocka_unit_test(between_shipped_kits_all_measures_lie_between),
	    cmocka_unit_test(the_centroid_moves_one_way),
	    cmocka_unit_test(nothing_is_heard_before_the_onset),
	    cmocka_unit_test(it_is_continuous_over_the_pad),
	    cmocka_unit_test(alike_parents_have_a_child_alike),
	    cmocka_unit_test(sides_are_kept),
	    cmocka_unit_test(odd_sounds_do_no_harm),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
