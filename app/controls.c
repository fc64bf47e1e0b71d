/* drumlin controls: the table of parameters and commands, for people and for programs. */
#include "app/commands.h"
#include "model/datafind.h"
#include "model/model.h"
#include "osc/osc_paths.h"
#include "rt/param.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
kind_name(param_kind kind)
{
	static const char *const name[] = {"float", "integer", "toggle", "choice"};
	return name[kind];
}

/* The names behind the numbers of the style parameter, from the default model; NULL without one. */
static model *
default_model(void)
{
	model *m = NULL;
	char *path = model_find("default", NULL);
	if (path && model_load(path, &m, NULL) != DR_OK)
		m = NULL;
	free(path);
	return m;
}

/* Range and default of a slot. Whole numbers in full: a seed has eight digits. */
static void
describe_range(const param_desc *d, char range[32], char initial[16])
{
	const int digits = d->kind == PARAM_KIND_FLOAT ? 6 : 8;
	const char *unit = d->kind == PARAM_KIND_CHOICE ? "" : d->unit;
	snprintf(range, 32, "%.*g..%.*g%s%s", digits, (double)d->low, digits, (double)d->high,
		 *unit ? " " : "", unit);
	snprintf(initial, 16, "%.*g", digits, (double)d->initial);
}

/* What a control does, and of a choice also the names of its values. */
static void
print_help(int slot)
{
	const param_desc *d = param_describe(slot);
	char name[PARAM_CHOICE_MAX];
	printf("%s", d->help);
	for (int i = 0; d->kind == PARAM_KIND_CHOICE && i <= (int)d->high; i++)
		printf("%s%d %s", i ? ", " : ": ", i, param_choice_name(slot, i, name));
}

static void
print_names(void)
{
	printf("\nBD stands for each of");
	for (int i = 0; i < INSTRUMENTS; i++)
		printf(" %s", instrument_name(i));
	printf(".\nStyles: 0 all");
	model *m = default_model();
	for (int i = 0; m && i < model_n_styles(m); i++)
		printf(", %d %s", i + 1, model_get_style(m, i)->name);
	printf(".\n");
	model_free(m);
}

/* One line stands for twelve where it is each instrument's. */
static void
print_text(void)
{
	char path[PARAM_PATH_MAX];
	printf("%-26s %-20s %-10s %s\n", "OSC path", "range", "default", "");
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		char range[32], initial[16];
		if (param_slot_instrument(slot) > 0)
			continue;
		describe_range(d, range, initial);
		printf("/drumlin/%-17s %-20s %-10s ", param_path(slot, path), range, initial);
		print_help(slot);
		printf("\n");
	}
	for (int c = 0; c < COMMANDS; c++) {
		const command_desc *d = command_describe((command_id)c);
		printf("/drumlin/%-17s %-20s %-10s %s\n",
		       command_path((command_id)c, d->per_instrument ? 0 : -1, path), "command", "", d->help);
	}
	print_names();
}

/* doc/controls.md */
static void
print_markdown(void)
{
	char path[PARAM_PATH_MAX];
	printf("# Parameters and commands\n\n"
	       "Written by `make docs` from the program's own table (rt/param_table.h).\n\n"
	       "| OSC path | range | default | |\n| --- | --- | --- | --- |\n");
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		char range[32], initial[16];
		if (param_slot_instrument(slot) > 0)
			continue;
		describe_range(d, range, initial);
		printf("| `/drumlin/%s` | %s | %s | ", param_path(slot, path), range, initial);
		print_help(slot);
		printf(" |\n");
	}
	printf("\n| OSC path | command |\n| --- | --- |\n");
	for (int c = 0; c < COMMANDS; c++) {
		const command_desc *d = command_describe((command_id)c);
		printf("| `/drumlin/%s` | %s |\n",
		       command_path((command_id)c, d->per_instrument ? 0 : -1, path), d->help);
	}
	print_names();
}

/* The paths that are in no table but OSC's own, for doc/osc.md. */
static void
print_osc(void)
{
	static const char *const title[] = {"Values, set and told", "Orders", "Told to subscribers"};
	const osc_path_desc *d;
	for (int kind = OSC_PATH_VALUE; kind <= OSC_PATH_TOLD; kind++) {
		printf("%s| %s | arguments | section | |\n| --- | --- | --- | --- |\n", kind ? "\n" : "",
		       title[kind]);
		for (size_t k = 0; (d = osc_path_describe(k)); k++)
			if (d->kind == (osc_path_kind)kind)
				printf("| `/drumlin/%s` | %s | %s | %s |\n", d->path, d->arguments,
				       osc_section_name(d->section), d->help);
	}
}

static json_t *
choices(int slot)
{
	char name[PARAM_CHOICE_MAX];
	json_t *names = json_array();
	for (int i = 0; i <= (int)param_describe(slot)->high; i++)
		json_array_append_new(names, json_string(param_choice_name(slot, i, name)));
	return names;
}

/* What else there is below /drumlin/ (osc/osc_paths.h), every instrument's and number's. */
static json_t *
own_paths(void)
{
	static const char *const kind[] = {"value", "order", "told"};
	json_t *all = json_array();
	char path[OSC_PATH_MAX];
	const osc_path_desc *d;
	for (size_t k = 0; (d = osc_path_describe(k)); k++)
		for (int i = 0; i < (osc_path_per_instrument(d) ? INSTRUMENTS : 1); i++)
			for (int n = 1; n <= (d->numbers ? d->numbers : 1); n++)
				json_array_append_new(
				    all, json_pack("{s:s, s:s, s:s, s:s, s:s}", "path",
						   osc_path_full(d, i, n, path), "kind", kind[d->kind],
						   "section", osc_section_name(d->section), "arguments",
						   d->arguments, "help", d->help));
	return all;
}

static int
print_json(void)
{
	char path[PARAM_PATH_MAX], full[PARAM_PATH_MAX + 16];
	json_t *root = json_object(), *parameters = json_array(), *commands = json_array();
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		snprintf(full, sizeof full, "/drumlin/%s", param_path(slot, path));
		json_t *p =
		    json_pack("{s:s, s:s, s:f, s:f, s:f, s:s, s:s}", "path", full, "type", kind_name(d->kind),
			      "low", (double)d->low, "high", (double)d->high, "default", (double)d->initial,
			      "unit", d->kind == PARAM_KIND_CHOICE ? "" : d->unit, "help", d->help);
		if (d->kind == PARAM_KIND_CHOICE)
			json_object_set_new(p, "choices", choices(slot));
		json_array_append_new(parameters, p);
	}
	for (int c = 0; c < COMMANDS; c++) {
		const command_desc *d = command_describe((command_id)c);
		for (int i = 0; i < (d->per_instrument ? INSTRUMENTS : 1); i++) {
			snprintf(full, sizeof full, "/drumlin/%s",
				 command_path((command_id)c, d->per_instrument ? i : -1, path));
			json_array_append_new(commands,
					      json_pack("{s:s, s:s}", "path", full, "help", d->help));
		}
	}
	json_object_set_new(root, "paths", own_paths());
	json_object_set_new(root, "parameters", parameters);
	json_object_set_new(root, "commands", commands);
	const int failed = json_dumpf(root, stdout, JSON_INDENT(1));
	json_decref(root);
	printf("\n");
	return failed ? 1 : 0;
}

int
cmd_controls(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		return print_json();
	if (argc == 1) {
		print_text();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--markdown") == 0) {
		print_markdown();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--osc") == 0) {
		print_osc();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: drumlin controls [--json|--markdown|--osc]\nThe table of parameters and "
		     "commands; with "
		     "--osc, of the OSC paths beside them.");
		return 0;
	}
	fprintf(stderr, "drumlin controls: unknown option %s\nTry drumlin controls --help.\n", argv[1]);
	return 2;
}
