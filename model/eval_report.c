#include "model/eval_report.h"

#include <math.h>
#include <string.h>

double
eval_total(const score *s)
{
	const tally whole = s->part[TALLY_WHOLE];
	if (s->hits == 0 || whole.steps == 0)
		return NAN;
	return (whole.bits + s->velocity_bits + s->offset_bits) / (double)whole.steps;
}

/* A figure, or a dash where there is none. */
static void
print_figure(FILE *out, int width, double value)
{
	if (isnan(value))
		fprintf(out, " %*s", width, "-");
	else
		fprintf(out, " %*.3f", width, value);
}

static double
part_mean(const eval_row *row, int folded, int part)
{
	return row->scored[folded] ? tally_mean(row->of[folded].part[part]) : NAN;
}

static double
per_hit(const score *s, double bits)
{
	return s->hits > 0 ? bits / (double)s->hits : NAN;
}

static void
row_label(const eval_row *row, int folded, char *label, size_t size)
{
	if (row->order[folded] > 0)
		snprintf(label, size, "%s, order %d", row->name, row->order[folded]);
	else if (row->given[0])
		snprintf(label, size, "%s, given %s", row->name, row->given);
	else
		snprintf(label, size, "%s", row->name);
}

static void
print_hits(const eval_collection *e, FILE *out)
{
	fprintf(
	    out,
	    "\n  hits, bits per step              trained on      twelve first pass      loop   other metres"
	    "   nine classes\n");
	for (int i = 0; i < e->n_rows; i++) {
		const eval_row *row = &e->row[i];
		char label[3 * EVAL_LABEL];
		row_label(row, 0, label, sizeof label);
		fprintf(out, "  %-32s %-12s", label, row->trained_on);
		print_figure(out, 9, part_mean(row, 0, TALLY_WHOLE));
		print_figure(out, 10, part_mean(row, 0, TALLY_FIRST_PASS));
		print_figure(out, 9, part_mean(row, 0, TALLY_LOOP));
		print_figure(out, 14, part_mean(row, 0, TALLY_OTHER_METRES));
		print_figure(out, 14, part_mean(row, 1, TALLY_WHOLE));
		fputc('\n', out);
	}
}

static void
print_details(const eval_collection *e, FILE *out)
{
	fprintf(out, "\n  everything                       trained on        hits  velocity    offset   "
		     "ratchet     total\n"
		     "                                                 per step   per hit   per hit   per "
		     "hit  per step\n");
	for (int i = 0; i < e->n_rows; i++) {
		const eval_row *row = &e->row[i];
		const score *s = &row->of[0];
		if (!row->scored[0] || s->hits == 0)
			continue;
		char label[3 * EVAL_LABEL];
		row_label(row, 0, label, sizeof label);
		fprintf(out, "  %-32s %-12s", label, row->trained_on);
		print_figure(out, 9, tally_mean(s->part[TALLY_WHOLE]));
		print_figure(out, 9, per_hit(s, s->velocity_bits));
		print_figure(out, 9, per_hit(s, s->offset_bits));
		print_figure(out, 9, s->ratchet_bits > 0.0 ? per_hit(s, s->ratchet_bits) : NAN);
		print_figure(out, 9, eval_total(s));
		fputc('\n', out);
	}
}

/* The columns of the table of styles: the collection's own baselines, and the network. */
static bool
in_styles(const eval_collection *e, const eval_row *row)
{
	return row->scored[0] && (row->trained_on[0] == '\0' || strcmp(row->trained_on, e->name) == 0) &&
	       (row->given[0] == '\0' || strcmp(row->given, "style") == 0);
}

static void
print_styles(const corpus *c, const eval_collection *e, FILE *out)
{
	fprintf(out, "\n  by style, bits per step     steps");
	for (int i = 0; i < e->n_rows; i++)
		if (in_styles(e, &e->row[i])) {
			char label[3 * EVAL_LABEL];
			snprintf(label, sizeof label, "%.12s%s", e->row[i].name,
				 e->row[i].given[0] ? "+style" : "");
			fprintf(out, " %18s", e->row[i].given[0] ? label : e->row[i].name);
		}
	fputc('\n', out);
	for (int style = 0; style < c->n_styles; style++) {
		if (e->row[0].of[0].style[style].steps == 0)
			continue;
		fprintf(out, "  %-24s %8ld", c->style[style], e->row[0].of[0].style[style].steps);
		for (int i = 0; i < e->n_rows; i++)
			if (in_styles(e, &e->row[i]))
				print_figure(out, 18, tally_mean(e->row[i].of[0].style[style]));
		fputc('\n', out);
	}
}

void
eval_print_text(const eval_report *r, FILE *out)
{
	for (int i = 0; i < r->n_collections; i++) {
		const eval_collection *e = &r->collection[i];
		fprintf(out, "%s%s: %ld validation patterns; in 4/4 %ld with %ld steps and %.2f hits a step",
			i ? "\n" : "", e->name, e->patterns, e->patterns - e->other_patterns, e->steps,
			e->steps > 0 ? (double)e->hits / (double)e->steps : 0.0);
		fprintf(out, "; in other metres %ld with %ld steps\n", e->other_patterns, e->other_steps);
		fprintf(out,
			"  one hit per instrument and step loses %.2f %% of all notes; ratchets give %.0f %% "
			"of those back\n",
			e->notes > 0.0 ? 100.0 * e->merged / e->notes : 0.0,
			e->merged > 0.0 ? 100.0 * e->given_back / e->merged : 0.0);
		print_hits(e, out);
		print_details(e, out);
		print_styles(r->corpus, e, out);
	}
	if (r->arch)
		fprintf(
		    out,
		    "\nThe network has %ld weights and takes %.0f us a step; its probabilities sum to one "
		    "within %.1e.\n",
		    r->weights, 1e6 * r->seconds / (double)r->streamed, r->worst_sum);
}
