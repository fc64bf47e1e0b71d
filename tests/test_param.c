#include "tests/test.h"

#include "rt/param.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static void
paths_lead_to_their_slots_and_back(void **state)
{
	(void)state;
	char path[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		assert_int_equal(param_find(param_path(slot, path)), slot);
	for (int c = 0; c < COMMANDS; c++) {
		int instrument;
		const bool per = command_describe((command_id)c)->per_instrument;
		assert_int_equal(command_find(command_path((command_id)c, per ? 3 : -1, path), &instrument),
				 c);
		assert_int_equal(instrument, per ? 3 : -1);
	}
	assert_int_equal(param_find("level"), -1);
	assert_int_equal(param_find("XX/level"), -1);
	assert_int_equal(param_find("BD/level/x"), -1);
	assert_int_equal(param_find(""), -1);
}

static void
values_are_clamped_rounded_or_refused(void **state)
{
	(void)state;
	static params p;
	params_reset(&p);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
	assert_true(params_set(&p, PARAM_TEMPO, 1e9f, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 300.0f);
	assert_true(params_set(&p, PARAM_TEMPO, -INFINITY, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 20.0f);
	assert_int_equal(atomic_load(&p.clamped), 2);
	assert_false(params_set(&p, PARAM_TEMPO, NAN, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 20.0f);
	assert_int_equal(atomic_load(&p.rejected), 1);
	assert_true(params_set(&p, PARAM_STYLE, 2.6f, 0));
	assert_true(params_get(&p, PARAM_STYLE) == 3.0f);
}

static void
only_the_composers_controls_ask_for_a_new_plan(void **state)
{
	(void)state;
	static params p;
	params_reset(&p);
	params_set(&p, param_slot(PARAM_LEVEL, INST_BD), 0.3f, 0);
	assert_int_equal(atomic_load(&p.replan_changes), 0);
	params_set(&p, PARAM_DENSITY, 0.3f, 0);
	params_set(&p, param_slot(PARAM_INST_DENSITY, INST_CH), 0.3f, 0);
	assert_int_equal(atomic_load(&p.replan_changes), 2);
	assert_int_equal(atomic_load(&p.changes), 3);
}

static void
faders_cover_the_range(void **state)
{
	(void)state;
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		assert_true(d->low <= d->initial && d->initial <= d->high && strlen(d->help) > 0);
		assert_true(param_from_unit(slot, 0.0f) == d->low && param_from_unit(slot, 1.0f) == d->high);
		assert_true(param_from_unit(slot, 7.0f) == d->high && param_from_unit(slot, -7.0f) == d->low);
		if (d->kind == PARAM_KIND_FLOAT)
			assert_true(fabsf(param_to_unit(slot, param_from_unit(slot, 0.3f)) - 0.3f) < 1e-4f);
	}
}

typedef struct setter {
	params p;
	atomic_bool done;
} setter;

static void *
set_often(void *arg)
{
	setter *s = arg;
	for (int i = 0; i < 1000000; i++)
		params_set(&s->p, PARAM_DENSITY, i % 2 ? 0.25f : 0.75f, i % 2 ? 1 : 2);
	atomic_store(&s->done, true);
	return NULL;
}

/* Who is told nothing because it has set the value itself must have set that value. (Clang 14 writes a word
 * of a float and an integer in two halves, atomic or not, unless it is kept from it.) */
static void
a_value_and_who_set_it_are_of_one_setting(void **state)
{
	(void)state;
	static setter shared;
	pthread_t other;
	long mixed = 0, read = 0;
	params_reset(&shared.p);
	params_set(&shared.p, PARAM_DENSITY, 0.75f, 2);
	assert_int_equal(pthread_create(&other, NULL, set_often, &shared), 0);
	for (; !atomic_load(&shared.done); read++) {
		const param_setting s = params_setting(&shared.p, PARAM_DENSITY);
		mixed += s.source != (s.value == 0.25f ? 1u : 2u);
	}
	pthread_join(other, NULL);
	assert_true(read > 0);
	assert_int_equal(mixed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_lead_to_their_slots_and_back),
	    cmocka_unit_test(values_are_clamped_rounded_or_refused),
	    cmocka_unit_test(only_the_composers_controls_ask_for_a_new_plan),
	    cmocka_unit_test(faders_cover_the_range),
	    cmocka_unit_test(a_value_and_who_set_it_are_of_one_setting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
