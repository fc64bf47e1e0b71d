#include "app/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Long options may not have the slash of a path: kit/x is --kit-x. */
static const char *
option_name(int slot)
{
	static char name[PARAM_GLOBAL_COUNT][PARAM_PATH_MAX];
	char *n = name[slot];
	if (!*n) {
		param_path(slot, n);
		for (char *c = n; *c; c++)
			if (*c == '/')
				*c = '-';
	}
	return n;
}

void
options_build(const struct option *own, struct option all[OPTIONS_MAX])
{
	int n = 0;
	for (int slot = 0; slot < PARAM_GLOBAL_COUNT; slot++)
		if (!(param_describe(slot)->flags & PARAM_FLAG_SHOWN))
			all[n++] =
			    (struct option){option_name(slot), required_argument, NULL, OPTION_PARAM + slot};
	all[n++] = (struct option){"kit", required_argument, NULL, OPTION_KIT};
	all[n++] = (struct option){"model", required_argument, NULL, OPTION_MODEL};
	all[n++] = (struct option){"int8", no_argument, NULL, OPTION_INT8};
	all[n++] = (struct option){"primer", required_argument, NULL, OPTION_PRIMER};
	for (; own->name && n < OPTIONS_MAX - 1; own++)
		all[n++] = *own;
	all[n] = (struct option){NULL, 0, NULL, 0};
}

dr_status
options_number(const char *name, const char *text, double low, double high, double *out, dr_error *err)
{
	char *end;
	errno = 0;
	const double value = strtod(text, &end);
	if (end == text || *end || errno || !isfinite(value))
		return error_set(err, DR_USAGE, "--%s %s: not a number", name, text);
	if (value < low || value > high)
		return error_set(err, DR_USAGE, "--%s %s: must lie between %g and %g", name, text, low, high);
	*out = value;
	return DR_OK;
}

static dr_status
take_param(music_options *o, int slot, const char *argument, dr_error *err)
{
	const param_desc *d = param_describe(slot);
	double value;
	if (param_is_style(slot)) {
		*(slot == PARAM_STYLE ? &o->style : &o->style_corner[slot - PARAM_STYLE_2]) = argument;
		return DR_OK;
	}
	if (d->kind == PARAM_KIND_CHOICE) {
		const int choice = param_choice(slot, argument);
		o->given[slot] = choice >= 0;
		o->value[slot] = (float)choice;
		return choice >= 0 ? DR_OK
				   : error_set(err, DR_USAGE, "--%s %s: must be one of %s", option_name(slot),
					       argument, d->unit);
	}
	const dr_status status = options_number(option_name(slot), argument, d->low, d->high, &value, err);
	if (status == DR_OK) {
		o->given[slot] = true;
		o->value[slot] = (float)value;
	}
	return status;
}

dr_status
options_take(music_options *o, int val, const char *argument, bool *taken, dr_error *err)
{
	*taken = true;
	if (val >= OPTION_PARAM && val < OPTION_PARAM + PARAM_GLOBAL_COUNT)
		return take_param(o, val - OPTION_PARAM, argument, err);
	if (val == OPTION_MODEL) {
		o->model = argument;
		return DR_OK;
	}
	if (val == OPTION_INT8) {
		o->int8 = true;
		return DR_OK;
	}
	if (val == OPTION_PRIMER) {
		o->primer = argument;
		return DR_OK;
	}
	if (val == OPTION_KIT) {
		if (o->n_kits == KIT_CORNERS)
			return error_set(err, DR_USAGE, "--kit %s: there are only four corners", argument);
		o->kit[o->n_kits++] = argument;
		return DR_OK;
	}
	*taken = false;
	return DR_OK;
}

/* getopt_long goes on to the next word when it is through with one; among letters, as in -xh, it still is in
 * it. */
static const char *
word_at_fault(int val, char **argv)
{
	const char *before = argv[optind - 1], *here = argv[optind];
	const size_t n = strlen(before);
	const bool through = n > 1 && before[0] == '-' && before[1] != '-' && before[n - 1] == (char)optopt;
	const bool within = val == '?' && optopt != 0 && !through && here && here[0] == '-' &&
			    here[1] != '-' && strchr(here, (char)optopt);
	return within ? here : before;
}

dr_status
options_fault(int val, char **argv, dr_error *err)
{
	return error_set(err, DR_USAGE,
			 val == ':'               ? "option %s needs a value"
			 : optopt >= OPTION_PARAM ? "option %s takes no value"
						  : "unknown option %s",
			 word_at_fault(val, argv));
}

void
options_help(FILE *to)
{
	for (int slot = 0; slot < PARAM_GLOBAL_COUNT; slot++) {
		const param_desc *d = param_describe(slot);
		const int digits = d->kind == PARAM_KIND_FLOAT ? 6 : 8; /* a seed has eight */
		char range[96];
		if (d->flags & PARAM_FLAG_SHOWN)
			continue;
		if (param_is_style(slot))
			snprintf(range, sizeof range, "NAME");
		else if (d->kind == PARAM_KIND_CHOICE)
			snprintf(range, sizeof range, "%s", d->unit);
		else
			snprintf(range, sizeof range, "%.*g..%.*g (%g)", digits, (double)d->low, digits,
				 (double)d->high, (double)d->initial);
		/* What is long gets a line of its own. */
		if (strlen(range) <= 22 && strlen(option_name(slot)) <= 14)
			fprintf(to, "  --%-14s %-22s %s\n", option_name(slot), range, d->help);
		else
			fprintf(to, "  --%-14s %s\n%42s%s\n", option_name(slot), range, "", d->help);
	}
	fprintf(to, "  --%-14s %-22s %s\n", "kit", "NAME or PATH",
		"a kit; up to four times: the corners of the blend");
	fprintf(to, "  --%-14s %-22s %s\n", "model", "NAME or FILE", "the network (.safetensors)");
	fprintf(to, "  --%-14s %-22s %s\n", "int8", "",
		"the network in eight bits: less work, nearly the same music");
	fprintf(to, "  --%-14s %-22s %s\n", "primer", "NAME or FILE",
		"a pattern that the music begins from (.drum, MIDI)");
}
