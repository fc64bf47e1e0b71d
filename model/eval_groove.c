#include "model/eval_groove.h"

#include "model/eval_styles.h"
#include "model/hand.h"

#include <math.h>
#include <string.h>

enum { BARS = 8 };

typedef struct style_groove {
	const char *name;
	groove_counts half[2], corpus, played;
} style_groove;

void
groove_add(groove_counts *g, int step, const step_hits *hits)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		const step_hit *h = &hits->hit[i];
		const int at = touch_cell_of(i, step % REHEARSAL_BAR);
		const int twelfths = (int)lrintf(12.0f * step_offset_to_float(h->offset));
		if (!h->velocity)
			continue;
		g->velocity[at][h->velocity / (128 / GROOVE_VELOCITIES)]++;
		g->offset[at][GROOVE_OFFSETS / 2 + twelfths]++;
		g->hits++;
		g->rolled += h->ratchet > 1;
	}
}

static long
sum(const long *n, int bins)
{
	long all = 0;
	for (int i = 0; i < bins; i++)
		all += n[i];
	return all;
}

static double
overlap(const long *a, const long *b, int bins)
{
	double weight = 0, total = 0;
	for (int at = 0; at < TOUCH_CELLS; at++, a += bins, b += bins) {
		const long in_a = sum(a, bins), in_b = sum(b, bins);
		double common = 0;
		if (in_a < GROOVE_ENOUGH || in_b < GROOVE_ENOUGH)
			continue;
		for (int i = 0; i < bins; i++)
			common += fmin((double)a[i] / (double)in_a, (double)b[i] / (double)in_b);
		total += common * (double)in_a;
		weight += (double)in_a;
	}
	return weight > 0 ? total / weight : NAN;
}

double
groove_velocity_overlap(const groove_counts *a, const groove_counts *b)
{
	return overlap(a->velocity[0], b->velocity[0], GROOVE_VELOCITIES);
}

double
groove_offset_overlap(const groove_counts *a, const groove_counts *b)
{
	return overlap(a->offset[0], b->offset[0], GROOVE_OFFSETS);
}

static void
listen_to_corpus(const corpus *c, style_groove *s)
{
	int half = 0;
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (p->style < 0 || strcmp(c->style[p->style], s->name) != 0 || p->bar_len != REHEARSAL_BAR ||
		    p->fill == 1)
			continue;
		for (int n = 0; n < p->n_steps; n++) {
			groove_add(&s->corpus, n, &p->step[n]);
			groove_add(&s->half[half], n, &p->step[n]);
		}
		half = !half;
	}
}

/* The control's value: as many players are drummers as have played the style's hits in training. */
static int
hand_of(const model *m, int style, int seed)
{
	const float share = model_get_style(m, style)->drummer;
	if (!model_knows_hands(m))
		return HAND_OF_STYLE;
	return floorf((float)seed * share) > floorf((float)(seed - 1) * share) ? HAND_A_DRUMMER
									       : HAND_A_MACHINE;
}

static void
listen_to_model(const style_stage *on, int style, style_groove *s)
{
	static step_event step[BARS * REHEARSAL_BAR];
	params *p = rehearsal_params(on->rehearsal);
	rehearsal_choose(on->rehearsal, style);
	for (int seed = 1; seed <= on->seeds; seed++) {
		params_set(p, PARAM_SEED, (float)seed, PARAM_SOURCE_NONE);
		params_set(p, PARAM_HAND, (float)hand_of(on->model, style, seed), PARAM_SOURCE_NONE);
		rehearsal_play(on->rehearsal, BARS, step);
		for (int n = 0; n < BARS * REHEARSAL_BAR; n++)
			groove_add(&s->played, n, &step[n].hits);
	}
}

static dr_status
listen(const style_stage *on, int style, void *figures, dr_error *err)
{
	style_groove *s = figures;
	(void)err;
	s->name = model_get_style(on->model, style)->name;
	listen_to_corpus(on->corpus, s);
	listen_to_model(on, style, s);
	return DR_OK;
}

/* --- output -------------------------------------------------------------------------------------------- */

static double
rolled(const groove_counts *g)
{
	return g->hits ? (double)g->rolled / (double)g->hits : NAN;
}

static void
print_figure(FILE *out, double x)
{
	if (isnan(x))
		fprintf(out, " %8s", "-");
	else
		fprintf(out, " %8.3f", x);
}

static void
print_text(const void *figures, int n, FILE *out)
{
	const style_groove *s = figures;
	fprintf(out, "%-14s %8s %17s %17s %17s\n%-14s %8s %8s %8s %8s %8s %8s %8s\n", "", "", "velocity",
		"microtiming", "rolled", "style", "hits", "model", "halves", "model", "halves", "corpus",
		"model");
	for (int i = 0; i < n; i++) {
		fprintf(out, "%-14s %8ld", s[i].name, s[i].corpus.hits);
		print_figure(out, groove_velocity_overlap(&s[i].corpus, &s[i].played));
		print_figure(out, groove_velocity_overlap(&s[i].half[0], &s[i].half[1]));
		print_figure(out, groove_offset_overlap(&s[i].corpus, &s[i].played));
		print_figure(out, groove_offset_overlap(&s[i].half[0], &s[i].half[1]));
		print_figure(out, rolled(&s[i].corpus));
		print_figure(out, rolled(&s[i].played));
		fputc('\n', out);
	}
}

static void
put(json_t *object, const char *key, double x)
{
	json_object_set_new(object, key, isnan(x) ? json_null() : json_real(x));
}

static json_t *
to_json(const void *figures, int n)
{
	const style_groove *s = figures;
	json_t *object = json_object(), *styles = json_object();
	for (int i = 0; i < n; i++) {
		json_t *style = json_object();
		json_object_set_new(style, "hits", json_integer(s[i].corpus.hits));
		put(style, "velocity", groove_velocity_overlap(&s[i].corpus, &s[i].played));
		put(style, "velocity_halves", groove_velocity_overlap(&s[i].half[0], &s[i].half[1]));
		put(style, "offset", groove_offset_overlap(&s[i].corpus, &s[i].played));
		put(style, "offset_halves", groove_offset_overlap(&s[i].half[0], &s[i].half[1]));
		put(style, "rolled_corpus", rolled(&s[i].corpus));
		put(style, "rolled_model", rolled(&s[i].played));
		json_object_set_new(styles, s[i].name, style);
	}
	json_object_set_new(object, "groove", styles);
	return object;
}

dr_status
eval_groove(const model *m, const corpus *c, int seeds, bool json, FILE *out, dr_error *err)
{
	const style_listener groove = {sizeof(style_groove), listen, print_text, to_json};
	return eval_styles(&groove, m, c, seeds, json, out, err);
}
