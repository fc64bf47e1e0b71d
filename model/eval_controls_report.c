#include "model/eval_controls.h"

#include "model/eval_styles.h"

#include <math.h>

typedef struct promise_words {
	const char *key, *column, *text;
	bool low; /* the greatest figure is the worst */
} promise_words;

static const promise_words words[PROMISES] = {
    [PROMISE_MONOTONE] = {"density_spearman", "rank", "hits per bar follow density, rank correlation >= 0.99",
			  false},
    [PROMISE_EMPTY] = {"hits_at_0", "at 0", "at most 2 hits per bar at density 0", true},
    [PROMISE_FULL] = {"hits_at_1", "at 1", "at least 24 at density 1", false},
    [PROMISE_MIDDLE] = {"middle", "mid", "at 0.5 within 10 % of the style's own mean", false},
    [PROMISE_STRONG] = {"kept_falls_back", "kept",
			"the likelier hits stay as density falls: rise, back by <= 0.002", true},
    [PROMISE_ENTROPY] = {"entropy_spearman", "heat", "entropy follows temperature, >= 0.99", false},
    [PROMISE_COLD] = {"cold", "cold", "temperature 0 plays one thing under every seed", false},
    [PROMISE_SILENCE] = {"silence", "mute", "never 4 empty bars in a row above density 0.1", true},
    [PROMISE_SOLID] = {"fullest", "most", "never a bar with every cell on", true},
    [PROMISE_OWN] = {"own_rise", "own", "BD, SD, CH follow their own density, from none at 0", false},
    [PROMISE_FILL] = {"fill", "fill", "a fill is denser than the bars beside it", false},
    [PROMISE_LANDING] = {"landing", "land", "and lands on the bar line", false},
};

static double
how_bad(int promise, double figure)
{
	if (promise == PROMISE_MIDDLE)
		return fabs(figure - 1);
	return words[promise].low ? figure : -figure;
}

/* Styles that break it; *worst is the one that comes nearest to that, or goes furthest. */
static int
broken_by(const controls_style *s, int n, int promise, int *worst, double *figure)
{
	int broken = 0;
	*worst = -1;
	for (int i = 0; i < n; i++) {
		double own;
		broken += !controls_kept(&s[i], (controls_promise)promise, &own);
		if (*worst < 0 || how_bad(promise, own) > how_bad(promise, *figure)) {
			*worst = i;
			*figure = own;
		}
	}
	return broken;
}

void
controls_print_text(const controls_style *s, int n, int seeds, FILE *out)
{
	fprintf(out, "%-14s %6s %6s", "style", "own", "at 0.5");
	for (int p = 0; p < PROMISES; p++)
		fprintf(out, " %7s", words[p].column);
	fputc('\n', out);
	for (int i = 0; i < n; i++) {
		fprintf(out, "%-14s %6.2f %6.2f", s[i].name, s[i].own_mean,
			s[i].hits[CONTROLS_DENSITIES / 2]);
		for (int p = 0; p < PROMISES; p++) {
			double figure;
			const bool kept = controls_kept(&s[i], (controls_promise)p, &figure);
			fprintf(out, " %6.*f%s", fabs(figure) < 100 ? 2 : 0, figure, kept ? " " : "!");
		}
		fputc('\n', out);
	}
	fprintf(out, "\n%d seeds; ! marks a promise that is broken\n", seeds);
	for (int p = 0; p < PROMISES && n > 0; p++) {
		int worst;
		double figure = 0;
		const int broken = broken_by(s, n, p, &worst, &figure);
		fprintf(out, "%-6s %-52s", broken ? "BROKEN" : "kept", words[p].text);
		if (broken)
			fprintf(out, " by %d of %d styles;", broken, n);
		fprintf(out, " worst %.3g (%s)\n", figure, s[worst].name);
	}
}

static json_t *
numbers(const double *x, int n)
{
	json_t *array = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(array, isnan(x[i]) ? json_null() : json_real(x[i]));
	return array;
}

static json_t *
style_to_json(const controls_style *s)
{
	json_t *object = json_object(), *promises = json_object();
	for (int p = 0; p < PROMISES; p++) {
		double figure;
		const bool kept = controls_kept(s, (controls_promise)p, &figure);
		json_object_set_new(promises, words[p].key,
				    json_pack("{s:f, s:b}", "figure", figure, "kept", kept));
	}
	json_object_set_new(object, "own_mean", json_real(s->own_mean));
	json_object_set_new(object, "hits_by_density", numbers(s->hits, CONTROLS_DENSITIES));
	json_object_set_new(object, "strength_by_density", numbers(s->strength, CONTROLS_DENSITIES));
	json_object_set_new(object, "entropy_by_temperature", numbers(s->entropy, CONTROLS_TEMPERATURES));
	json_object_set_new(object, "promises", promises);
	return object;
}

dr_status
controls_print_json(const controls_style *s, int n, int seeds, FILE *out, dr_error *err)
{
	json_t *object = json_object(), *styles = json_object(), *verdicts = json_object();
	for (int i = 0; i < n; i++)
		json_object_set_new(styles, s[i].name, style_to_json(&s[i]));
	for (int p = 0; p < PROMISES; p++) {
		int worst;
		double figure = 0;
		const int broken = broken_by(s, n, p, &worst, &figure);
		json_object_set_new(verdicts, words[p].key,
				    json_pack("{s:b, s:i, s:f}", "kept", broken == 0, "styles_that_break_it",
					      broken, "worst", figure));
	}
	json_object_set_new(object, "seeds", json_integer(seeds));
	json_object_set_new(object, "controls", styles);
	json_object_set_new(object, "promises", verdicts);
	return eval_write_json(object, 5, out, err);
}
