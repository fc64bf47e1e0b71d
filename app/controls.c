/* drumlin controls: the table of parameters and commands, for people and for programs. */
#include "app/commands.h"
#include "model/datafind.h"
#include "model/model.h"
#include "rt/param.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
kind_name(param_kind kind)
{
	return kind == PARAM_KIND_FLOAT ? "float" : kind == PARAM_KIND_INTEGER ? "integer" : "toggle";
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

static void
print_text(void)
{
	char path[PARAM_PATH_MAX];
	printf("%-26s %-20s %-10s %s\n", "OSC path", "range", "default", "");
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		char range[32];
		if (param_slot_instrument(slot) > 0)
			continue; /* one line stands for twelve */
		snprintf(range, sizeof range, "%g..%g %s", (double)d->low, (double)d->high, d->unit);
		printf("/drumlin/%-17s %-20s %-10g %s\n", param_path(slot, path), range, (double)d->initial, d->help);
	}
	for (int c = 0; c < COMMANDS; c++) {
		const command_desc *d = command_describe((command_id)c);
		printf("/drumlin/%-17s %-20s %-10s %s\n", command_path((command_id)c, d->per_instrument ? 0 : -1, path),
		       "command", "", d->help);
	}
	printf("\nBD stands for each of");
	for (int i = 0; i < INSTRUMENTS; i++)
		printf(" %s", instrument_name(i));
	printf(".\nStyles: 0 all");
	model *m = default_model();
	for (int i = 0; m && i < model_n_styles(m); i++)
		printf(", %d %s", i + 1, model_get_style(m, i)->name);
	printf(".\n");
	if (m)
		model_free(m);
}

static int
print_json(void)
{
	char path[PARAM_PATH_MAX], full[PARAM_PATH_MAX + 16];
	json_t *root = json_object(), *parameters = json_array(), *commands = json_array();
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		snprintf(full, sizeof full, "/drumlin/%s", param_path(slot, path));
		json_array_append_new(parameters, json_pack("{s:s, s:s, s:f, s:f, s:f, s:s, s:s}", "path", full, "type",
		                                            kind_name(d->kind), "low", (double)d->low, "high",
		                                            (double)d->high, "default", (double)d->initial, "unit",
		                                            d->unit, "help", d->help));
	}
	for (int c = 0; c < COMMANDS; c++) {
		const command_desc *d = command_describe((command_id)c);
		for (int i = 0; i < (d->per_instrument ? INSTRUMENTS : 1); i++) {
			snprintf(full, sizeof full, "/drumlin/%s",
			         command_path((command_id)c, d->per_instrument ? i : -1, path));
			json_array_append_new(commands, json_pack("{s:s, s:s}", "path", full, "help", d->help));
		}
	}
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
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "--help") == 0)) {
		if (argc == 2)
			printf("Usage: drumlin controls [--json]\nThe table of parameters and commands.\n");
		else
			print_text();
		return 0;
	}
	fprintf(stderr, "drumlin controls: unknown option %s\nTry drumlin controls --help.\n", argv[1]);
	return 2;
}
