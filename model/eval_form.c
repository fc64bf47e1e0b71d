#include "model/eval_form.h"

#include "model/eval_styles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 5, BARS = 24, PHRASE_OF_FOUR = 2 };

static const float settings[SETTINGS] = {0.0f, 0.25f, 0.5f, 0.75f, 1.0f};

typedef struct style_form {
	const char *name;
	long patterns;
	form_shares corpus, played[SETTINGS];
} style_form;

int
form_lag(int i)
{
	return 1 << i;
}

void
form_add(form_shares *f, const uint16_t *mask, int n_steps, int bar_len)
{
	for (int l = 0; l < FORM_LAGS; l++) {
		const int back = form_lag(l) * bar_len;
		for (int at = back; at + bar_len <= n_steps; at += bar_len) {
			int cells = 0;
			for (int s = at; s < at + bar_len; s++)
				cells += __builtin_popcount((unsigned)(mask[s] ^ mask[s - back]));
			f->pairs[l]++;
			f->equal[l] += cells == 0;
			f->near[l] += cells <= FORM_NEAR;
		}
	}
}

static double
share(const long *n, const form_shares *f, int lag)
{
	return f->pairs[lag] ? (double)n[lag] / (double)f->pairs[lag] : NAN;
}

static dr_status
listen_to_corpus(const corpus *c, style_form *s, dr_error *err)
{
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (p->style < 0 || strcmp(c->style[p->style], s->name) != 0 || p->fill == 1)
			continue;
		uint16_t *mask = calloc((size_t)p->n_steps, sizeof *mask);
		if (!mask)
			return error_set(err, DR_FAILED, "out of memory");
		for (int n = 0; n < p->n_steps; n++)
			mask[n] = step_mask(&p->step[n]);
		form_add(&s->corpus, mask, p->n_steps, p->bar_len);
		s->patterns++;
		free(mask);
	}
	return DR_OK;
}

static void
listen_to_model(const style_stage *on, int style, style_form *s)
{
	static step_event step[BARS * REHEARSAL_BAR];
	uint16_t mask[BARS * REHEARSAL_BAR];
	params *p = rehearsal_params(on->rehearsal);
	params_set(p, PARAM_STYLE, (float)(style + 1), PARAM_SOURCE_NONE);
	params_set(p, PARAM_PHRASE, PHRASE_OF_FOUR, PARAM_SOURCE_NONE);
	for (int k = 0; k < SETTINGS; k++)
		for (int seed = 1; seed <= on->seeds; seed++) {
			params_set(p, PARAM_REPEAT, settings[k], PARAM_SOURCE_NONE);
			params_set(p, PARAM_SEED, (float)seed, PARAM_SOURCE_NONE);
			rehearsal_play(on->rehearsal, BARS, step);
			for (int n = 0; n < BARS * REHEARSAL_BAR; n++)
				mask[n] = step_mask(&step[n].hits);
			form_add(&s->played[k], mask, BARS * REHEARSAL_BAR, REHEARSAL_BAR);
		}
}

static dr_status
listen(const style_stage *on, int style, void *figures, dr_error *err)
{
	style_form *s = figures;
	s->name = model_get_style(on->model, style)->name;
	listen_to_model(on, style, s);
	return on->corpus ? listen_to_corpus(on->corpus, s, err) : DR_OK;
}

/* --- output -------------------------------------------------------------------------------------------- */

static void
print_shares(FILE *out, const char *name, const form_shares *f)
{
	fprintf(out, "  %-14s", name);
	for (int l = 0; l < FORM_LAGS; l++) {
		if (f->pairs[l])
			fprintf(out, "  %3.0f %3.0f", 100 * share(f->equal, f, l),
				100 * share(f->near, f, l));
		else
			fprintf(out, "  %3s %3s", "-", "-");
	}
	fputc('\n', out);
}

static void
print_text(const void *figures, int n, FILE *out)
{
	const style_form *s = figures;
	fprintf(out, "Bars equal, and equal but for %d cells, to the bar 1, 2, 4, 8 before, in per cent\n",
		FORM_NEAR);
	for (int i = 0; i < n; i++) {
		char line[64];
		fprintf(out, "%s\n", s[i].name);
		if (s[i].patterns) {
			snprintf(line, sizeof line, "corpus (%ld)", s[i].patterns);
			print_shares(out, line, &s[i].corpus);
		}
		for (int k = 0; k < SETTINGS; k++) {
			snprintf(line, sizeof line, "repeat %.2f", (double)settings[k]);
			print_shares(out, line, &s[i].played[k]);
		}
	}
}

static json_t *
shares_to_json(const form_shares *f)
{
	json_t *object = json_object(), *equal = json_array(), *near = json_array();
	for (int l = 0; l < FORM_LAGS; l++) {
		json_array_append_new(equal, f->pairs[l] ? json_real(share(f->equal, f, l)) : json_null());
		json_array_append_new(near, f->pairs[l] ? json_real(share(f->near, f, l)) : json_null());
	}
	json_object_set_new(object, "equal", equal);
	json_object_set_new(object, "near", near);
	return object;
}

static json_t *
to_json(const void *figures, int n)
{
	const style_form *s = figures;
	json_t *object = json_object(), *styles = json_object();
	for (int i = 0; i < n; i++) {
		json_t *style = json_object(), *played = json_array();
		for (int k = 0; k < SETTINGS; k++) {
			json_t *of = shares_to_json(&s[i].played[k]);
			json_object_set_new(of, "repeat", json_real((double)settings[k]));
			json_array_append_new(played, of);
		}
		if (s[i].patterns)
			json_object_set_new(style, "corpus", shares_to_json(&s[i].corpus));
		json_object_set_new(style, "played", played);
		json_object_set_new(styles, s[i].name, style);
	}
	json_object_set_new(object, "form", styles);
	return object;
}

dr_status
eval_form(const model *m, const corpus *c, int seeds, bool json, FILE *out, dr_error *err)
{
	const style_listener form = {sizeof(style_form), listen, print_text, to_json};
	return eval_styles(&form, m, c, seeds, json, out, err);
}
