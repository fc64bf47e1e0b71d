/* A style's touch: maps that carry what a network plays over to what a corpus has, and back. */
#include "tests/test.h"

#include "model/eval_groove.h"
#include "model/hand.h"
#include "model/model_file.h"
#include "model/sampler.h"
#include "model/touch_fit.h"
#include "tests/patterns.h"

#include <math.h>
#include <unistd.h>

static model_info
two_styles(const touch_cell *map)
{
	model_info info = {
	    .config = {trunk_find("gru"), 16, 1, 16, 16}, .n_styles = 2, .hits_per_bar = 10, .touch = map};
	snprintf(info.style[0].name, sizeof info.style[0].name, "straight");
	snprintf(info.style[1].name, sizeof info.style[1].name, "busy");
	info.style[0].hits_per_bar = info.style[1].hits_per_bar = 10;
	info.style[1].touch = map != NULL;
	for (int k = 0; k < MODEL_OFFSETS - 1; k++)
		info.offset_value[k] = ((float)k + 0.5f) / (MODEL_OFFSETS - 1) - 0.5f;
	return info;
}

/* An untrained model; its second style has a touch if one is given. */
static model *
make_model(const touch_cell *map)
{
	const model_info info = two_styles(map);
	net n;
	assert_ok(net_init(&n, &info.config, &test_error));
	float *w = weights_alloc(n.weights.total);
	weights_init(&n.weights, 7, w);
	for (size_t i = 0; i < n.weights.total; i++)
		w[i] *= 2.0f;
	model *m;
	assert_ok(model_new(&info, w, &m, &test_error));
	free(w);
	return m;
}

/* The distribution of velocities that are a fifth softer than all alike. */
static float
softer(int k)
{
	return fminf(1.0f, (float)k / (0.8f * MODEL_VELOCITIES));
}

/* A fifth softer, and everything behind the grid. */
static const touch_cell *
soft_and_late(void)
{
	static touch_cell map[TOUCH_CELLS];
	touch_start(map);
	for (int c = 0; c < TOUCH_CELLS; c++) {
		for (int k = 0; k <= MODEL_VELOCITIES; k++)
			map[c].wanted_velocity[k] = softer(k);
		for (int k = 0; k <= MODEL_OFFSETS; k++)
			map[c].wanted_offset[k] = fmaxf(0.0f, fminf(1.0f, ((float)k - 13.0f) / 6.0f));
		assert_true(touch_is_sound(&map[c]));
	}
	return map;
}

/* A map as the sampler has it where one style plays. */
static touch
alone(const touch_cell *cell)
{
	return (touch){*cell, true};
}

static void
an_offset_has_its_place(void **state)
{
	(void)state;
	for (int k = -512; k <= 512; k++) {
		const float offset = (float)k / 1024.0f, at = touch_line_of_offset(offset, 0.3f);
		assert_true(at >= 0.0f && at < MODEL_OFFSETS);
		assert_true(k ? (at < 12.0f) == (k < 0) && (at >= 13.0f) == (k > 0) : at == 12.3f);
		assert_true(fabsf(touch_offset_of_line(at) - offset) < 1e-5f);
	}
	assert_true(touch_offset_of_line(0.0f) == -0.5f && touch_offset_of_line(25.0f) == 0.5f);
}

static void
a_new_map_changes_nothing(void **state)
{
	(void)state;
	touch_cell map[TOUCH_CELLS];
	touch_start(map);
	const touch t = alone(&map[5]);
	for (int k = 0; k < MODEL_VELOCITIES; k++)
		for (int quarter = 0; quarter < 4; quarter++)
			assert_int_equal(touch_velocity(&t, k, 0.1f + 0.25f * (float)quarter), k + 1);
	for (int k = 0; k < MODEL_OFFSETS - 1; k++) {
		const float from = (float)k / 24.0f - 0.5f, offset = touch_offset(&t, k, 0.75f);
		assert_true(fabsf(offset - from - 0.75f / 24.0f) < 1e-4f);
	}
	assert_true(touch_offset(&t, MODEL_OFFSETS - 1, 0.9f) == 0.0f);
}

/* Two hands' hits on one place: middling ones around the grid, and softer and louder ones that drag; a third
 * of these on the grid. */
static step_hits
hit_of(bool wanted, uint64_t *rng)
{
	step_hits hits = {0};
	const float u = rng_next_unit(rng), v = rng_next_unit(rng), w = rng_next_unit(rng);
	const float velocity =
	    wanted ? (u < 0.4f ? 30.0f + 20.0f * v : 85.0f + 25.0f * v) : 50.0f + 40.0f * v;
	const float offset = wanted ? (w < 0.33f ? 0.0f : 0.1f + 0.2f * (w - 0.33f)) : 0.36f * (w - 0.5f);
	hits.hit[INST_SD] = (step_hit){(uint8_t)velocity, 1, step_offset_from_float(offset)};
	return hits;
}

static void
what_is_played_comes_out_as_wanted(void **state)
{
	(void)state;
	enum { HITS = 20000 };
	static touch_counts played, wanted;
	static groove_counts before, after, aim;
	touch_cell map[TOUCH_CELLS];
	uint64_t rng = test_seed();
	touch_start(map);
	for (int n = 0; n < HITS; n++) {
		const step_hits a = hit_of(false, &rng), b = hit_of(true, &rng);
		touch_count(&played, n % 50 + 1, 4, &a);
		touch_count(&wanted, n % 50 + 1, 4, &b);
		groove_add(&before, 4, &a);
		groove_add(&aim, 4, &b);
	}
	assert_int_equal(touch_learn(&played, &wanted, map), 1);
	const touch t = alone(&map[touch_cell_of(INST_SD, 4)]);
	assert_true(touch_is_sound(&t.cell));
	for (int n = 0; n < HITS; n++) {
		step_hits a = hit_of(false, &rng);
		step_hit *h = &a.hit[INST_SD];
		const float at = touch_line_of_offset(step_offset_to_float(h->offset), 0.5f);
		const int place = (int)at, class = place == 12 ? 24 : place < 12 ? place : place - 1;
		const uint8_t velocity = touch_velocity(&t, h->velocity - 1, rng_next_unit(&rng));
		*h = (step_hit){velocity, 1,
				step_offset_from_float(touch_offset(&t, class, at - (float)place))};
		groove_add(&after, 4, &a);
	}
	assert_true(groove_velocity_overlap(&aim, &before) < 0.3);
	assert_true(groove_offset_overlap(&aim, &before) < 0.7);
	assert_true(groove_velocity_overlap(&aim, &after) > 0.98);
	assert_true(groove_offset_overlap(&aim, &after) > 0.97);
	/* Where nothing was to be learned from, or too few takes, nothing is changed. */
	wanted.takes[touch_cell_of(INST_SD, 4)] = TOUCH_TAKES - 1;
	touch_start(map);
	assert_int_equal(touch_learn(&played, &wanted, map), 0);
	assert_memory_equal(&map[touch_cell_of(INST_SD, 4)], &map[0], sizeof map[0]);
	touch_cell still[TOUCH_CELLS];
	touch_start(still);
	assert_memory_equal(&map[0], &still[0], sizeof still[0]);
}

static void
louder_stays_louder_and_can_be_undone(void **state)
{
	(void)state;
	uint64_t rng = test_seed();
	int undone = 0;
	for (int n = 0; n < 200; n++) {
		static touch_counts played, wanted;
		touch_cell map[TOUCH_CELLS];
		memset(&played, 0, sizeof played);
		memset(&wanted, 0, sizeof wanted);
		touch_start(map);
		step_hits step[64];
		random_steps(&rng, 0.3f, 64, step);
		for (int s = 0; s < 64; s++)
			touch_count(s % 2 ? &played : &wanted, s + 1, 0, &step[s]);
		for (int k = 0; k < 8; k++) {
			random_steps(&rng, 0.3f, 64, step);
			for (int s = 0; s < 64; s++)
				touch_count(s % 3 ? &played : &wanted, s + 1, 0, &step[s]);
		}
		touch_learn(&played, &wanted, map);
		const touch t = alone(&map[rng_next(&rng) % INSTRUMENTS * TOUCH_POSITIONS]);
		assert_true(touch_is_sound(&t.cell));
		for (int k = 0; k < MODEL_VELOCITIES; k++) {
			const uint8_t loud = touch_velocity(&t, k, rng_next_unit(&rng));
			if (k + 1 < MODEL_VELOCITIES)
				assert_true(loud <= touch_velocity(&t, k + 1, rng_next_unit(&rng)));
			if (abs(loud - (k + 1)) >= TOUCH_REACH - 1)
				continue; /* held back: it may lie where nobody plays */
			/* What was played, undone and played again, is within what one class becomes. */
			const step_hit back = touch_undone(&t, (step_hit){loud, 2, 0});
			assert_true(back.velocity >= 1 && back.velocity <= 127 && back.ratchet == 2);
			assert_true(touch_velocity(&t, back.velocity - 1, 0.0f) <= loud + 1);
			assert_true(touch_velocity(&t, back.velocity - 1, 0.999f) >= loud - 1);
			undone++;
		}
	}
	assert_true(undone > 100 * MODEL_VELOCITIES);
}

/* Style by its weight, and only in the hand that plays it. */
static void
styles_mix_their_touch(void **state)
{
	(void)state;
	model *m = make_model(soft_and_late());
	float style[MODEL_MAX_STYLES] = {0};
	touch_who who = {style, 0.0f, 0.0f};
	touch t;
	assert_false(touch_mix(m, &who, 3, &t));
	style[0] = 1.0f;
	assert_false(touch_mix(m, &who, 3, &t));
	style[0] = 0.0f;
	style[1] = 1.0f;
	assert_true(touch_mix(m, &who, 3, &t));
	assert_int_equal(touch_velocity(&t, 99, 0.5f), 80);
	assert_true(touch_offset(&t, 10, 0.0f) > 0.0f);
	style[0] = style[1] = 0.5f;
	assert_true(touch_mix(m, &who, 3, &t));
	assert_in_range(touch_velocity(&t, 99, 0.5f), 85, 95);
	m->info.hands = true;
	m->info.style[1].drummer = 0.9f;
	assert_false(touch_mix(m, &who, 3, &t));
	who.hand = HAND_MACHINE;
	assert_false(touch_mix(m, &who, 3, &t));
	who.hand = HAND_DRUMMER;
	assert_true(touch_mix(m, &who, 3, &t) && t.late);
	assert_in_range(touch_velocity(&t, 99, 0.5f), 85, 95);
	/* The other hand's is another; a machine's microtiming stays. */
	m->info.style[1].touch = 0;
	m->info.style[1].touch_other = 1;
	assert_false(touch_mix(m, &who, 3, &t));
	who.hand = HAND_MACHINE;
	assert_true(touch_mix(m, &who, 3, &t) && !t.late);
	assert_in_range(touch_velocity(&t, 99, 0.5f), 85, 95);
	m->info.style[1].drummer = 0.1f;
	who.hand = HAND_DRUMMER;
	assert_true(touch_mix(m, &who, 3, &t) && t.late);
	/* Fills were not listened to. */
	who.fill = 1.0f;
	assert_false(touch_mix(m, &who, 3, &t));
	model_free(m);
}

/* On the grid of sixteenths or of triplets. */
static void
play(const model *m, step_event *out, int steps, bool triplets, unsigned locked, const step_hits *given)
{
	const int bar = triplets ? 24 : 16;
	sampler *s;
	sampler_controls c = {.temperature = 1.0f, .density = 0.5f, .rolls = 0.5f, .seed = 5};
	for (int i = 0; i < INSTRUMENTS; i++)
		c.instrument_density[i] = 0.5f;
	c.style[1] = 1.0f;
	c.lock_mask = (uint16_t)locked;
	assert_ok(sampler_new(m, &s, &test_error));
	void *state = aligned_alloc(64, sampler_state_size(s));
	sampler_state_init(s, state);
	for (int n = 0; n < steps; n++) {
		const bar_place at = {n / bar, n % bar, bar, {4, 4, triplets}};
		if (locked)
			c.locked = given[n];
		sampler_draw(s, state, n, &at, &c, &out[n]);
		for (int i = 0; i < INSTRUMENTS; i++)
			if (locked >> i & 1)
				assert_memory_equal(&out[n].hits.hit[i], &given[n].hit[i], sizeof(step_hit));
	}
	free(state);
	sampler_free(s);
}

/* The network composes the same with a touch and without one, for it does not hear it. What is given to it is
 * played as it is, and heard as its own. */
static void
the_network_does_not_hear_it(void **state)
{
	(void)state;
	enum { STEPS = 96 };
	static step_event plain[STEPS], touched[STEPS], again[STEPS];
	static step_hits given[STEPS];
	model *a = make_model(NULL), *b = make_model(soft_and_late());
	long hits = 0, later = 0;
	play(a, plain, STEPS, false, 0, NULL);
	play(b, touched, STEPS, false, 0, NULL);
	for (int n = 0; n < STEPS; n++) {
		given[n] = touched[n].hits;
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit x = plain[n].hits.hit[i], y = touched[n].hits.hit[i];
			assert_int_equal(x.velocity != 0, y.velocity != 0);
			if (!x.velocity)
				continue;
			hits++;
			assert_in_range(y.velocity, (x.velocity - 1) * 8 / 10, x.velocity * 8 / 10 + 1);
			assert_true(abs(y.offset - x.offset) <=
				    (int)((TOUCH_REACH_LATE + 0.05f) * STEP_OFFSET_ONE));
			assert_true(x.ratchet == y.ratchet);
			later += y.offset - x.offset;
		}
	}
	assert_true(hits > STEPS && later > 0);
	/* Half of the instruments locked to what they played: the others go on as they did. */
	play(b, again, STEPS, false, 0x555, given);
	long same = 0;
	for (int n = 0; n < STEPS; n++)
		same += step_mask(&again[n].hits) == step_mask(&touched[n].hits);
	assert_true(same > STEPS * 3 / 4);
	/* Where beats are no four steps long, places in the bar are others. */
	play(a, plain, STEPS, true, 0, NULL);
	play(b, touched, STEPS, true, 0, NULL);
	assert_memory_equal(plain, touched, sizeof plain);
	model_free(a);
	model_free(b);
}

static void
a_model_learns_the_corpus_touch(void **state)
{
	(void)state;
	corpus c = groove_corpus(48);
	for (size_t i = 0; i < c.n_patterns; i++)
		c.pattern[i].bar_len = 16;
	model *m = make_model(NULL);
	int found;
	touch_options how = {.least = 100, .seeds = 64};
	assert_ok(touch_fit(m, &c, &how, &found, &test_error));
	assert_int_equal(found, 2);
	assert_true(m->info.style[0].touch == 1 && m->info.style[1].touch == 2);
	/* All snares of these patterns are at 100, and behind the grid. */
	for (int s = 0; s < 2; s++) {
		const touch t = alone(&m->info.touch[s * TOUCH_CELLS + touch_cell_of(INST_SD, 4)]);
		for (int k = 0; k < MODEL_VELOCITIES; k++)
			assert_int_equal(touch_velocity(&t, k, 0.5f),
					 k + 1 + TOUCH_REACH < 100 ? k + 1 + TOUCH_REACH : 100);
		assert_true(fabsf(touch_offset(&t, 12, 0.5f) - 1000.0f / STEP_OFFSET_ONE) < 0.03f);
	}
	how.least = 1000000;
	assert_ok(touch_fit(m, &c, &how, &found, &test_error));
	assert_int_equal(found, 0);
	model_free(m);
	corpus_clear(&c);
	/* Who is told of hands learns each of them; these patterns are all of one. */
	c = groove_corpus(48);
	const bool drummers = hand_is_drummer(c.pattern[0].step, c.pattern[0].n_steps);
	m = make_model(NULL);
	m->info.hands = true;
	m->info.style[0].drummer = 1.0f;
	how.least = 100;
	assert_ok(touch_fit(m, &c, &how, &found, &test_error));
	assert_int_equal(found, 2);
	assert_true(m->info.style[0].touch == drummers && m->info.style[0].touch_other == !drummers);
	assert_true(m->info.style[1].touch == 2 * !drummers && m->info.style[1].touch_other == 2 * drummers);
	model_free(m);
	corpus_clear(&c);
	/* Fewer takes than make a style leave it as it is, however many their hits. */
	c = groove_corpus(8);
	m = make_model(NULL);
	how.least = 1;
	assert_ok(touch_fit(m, &c, &how, &found, &test_error));
	assert_int_equal(found, 0);
	assert_true(!m->info.style[0].touch && !m->info.style[1].touch);
	model_free(m);
	corpus_clear(&c);
}

static void
files_bring_it_back_or_are_refused(void **state)
{
	(void)state;
	const char *path = "test_touch.safetensors";
	model *m = make_model(soft_and_late()), *again;
	for (int other = 0; other < 2; other++) {
		m->info.style[1].touch = !other;
		m->info.style[1].touch_other = other;
		assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
		assert_ok(model_load(path, &again, &test_error));
		assert_true(!again->info.style[0].touch && !again->info.style[0].touch_other);
		assert_int_equal(again->info.style[1].touch, !other);
		assert_int_equal(again->info.style[1].touch_other, other);
		assert_memory_equal(again->info.touch, m->info.touch, TOUCH_CELLS * sizeof(touch_cell));
		model_free(again);
	}
	m->info.style[1].touch = 1;
	m->info.style[1].touch_other = 0;
	/* A row that falls, or leaves its line, or is no number; a style whose touch is not there; one too
	 * few. */
	float *edge = &m->touch[7].wanted_velocity[64];
	static const float wrong[] = {0.0f, 1.5f, NAN, -INFINITY};
	const float right = *edge;
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		*edge = wrong[k];
		assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
		assert_int_equal(model_load(path, &again, &test_error), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, "row 7"));
	}
	*edge = right;
	static const int row[][3] = {{0, 2, 0}, {0, 0, 0}, {1, 1, 0}, {1, 0, 1}, {0, 0, 2}};
	for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
		m->info.style[0].touch = row[k][0];
		m->info.style[1].touch = row[k][1];
		m->info.style[1].touch_other = row[k][2];
		touch_cell *room = calloc(2, TOUCH_CELLS * sizeof *room);
		m->info.touch = room;
		assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
		assert_int_equal(model_load(path, &again, &test_error), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, path));
		free(room);
	}
	model_free(m);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_offset_has_its_place),
	    cmocka_unit_test(a_new_map_changes_nothing),
	    cmocka_unit_test(what_is_played_comes_out_as_wanted),
	    cmocka_unit_test(louder_stays_louder_and_can_be_undone),
	    cmocka_unit_test(styles_mix_their_touch),
	    cmocka_unit_test(the_network_does_not_hear_it),
	    cmocka_unit_test(a_model_learns_the_corpus_touch),
	    cmocka_unit_test(files_bring_it_back_or_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
