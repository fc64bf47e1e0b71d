#include "app/commands.h"
#include "app/options.h"
#include "model/datafind.h"
#include "model/model_file.h"
#include "model/touch_fit.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: drumlin touch MODEL DIR... -o MODEL [OPTION]...\n"
    "Compares how loud and how far off the grid a network plays with the patterns that it was trained on,\n"
    "style by style, machines and drummers each, and writes the model with a correction of both. Its\n"
    "weights stay as they are.\n"
    "\n"
    "  MODEL               the network, by name or file (safetensors)\n"
    "  DIR                 a folder of MIDI files or of patterns in text (.drum); what is held out for\n"
    "                      validation is not listened to\n"
    "  -o, --output MODEL  the file to write; it may be the same\n"
    "      --least N       hits that a hand needs there in a style [1000]\n"
    "      --seeds N       how many players of the network are listened to by each hand, eight bars\n"
    "                      each [512]\n"
    "  -h, --help\n";

static int
complain(const dr_error *err, dr_status status)
{
	fprintf(stderr, "drumlin touch: %s\n", err->text);
	return status_exit_code(status);
}

static void
report_skip(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "drumlin touch: left out: %s\n", line);
}

static void
report_style(void *user, const char *line)
{
	(void)user;
	printf("%s\n", line);
	fflush(stdout);
}

static dr_status
load_model(const char *name, model **m, dr_error *err)
{
	*m = NULL;
	char *path = model_find(name, err);
	if (!path)
		return DR_BAD_INPUT;
	const dr_status status = model_load(path, m, err);
	free(path);
	return status;
}

/* With the model's styles first, so that none of them falls off the table. */
static dr_status
load_corpus(const char *const *folder, int n_folders, const model *m, corpus *c, dr_error *err)
{
	const char *styles[CORPUS_MAX_STYLES];
	int n = 0;
	while (n < model_n_styles(m) && n < CORPUS_MAX_STYLES) {
		styles[n] = model_get_style(m, n)->name;
		n++;
	}
	return corpus_load(folder, n_folders, styles, n, report_skip, NULL, c, err);
}

static int
run(const char *name, const char *const *folder, int n_folders, const char *output, const touch_options *how)
{
	dr_error err;
	corpus c;
	model *m;
	int found = 0;
	memset(&c, 0, sizeof c);
	dr_status status = load_model(name, &m, &err);
	if (status == DR_OK)
		status = load_corpus(folder, n_folders, m, &c, &err);
	if (status == DR_OK) {
		status = touch_fit(m, &c, how, &found, &err);
		corpus_clear(&c);
	}
	if (status == DR_OK && found == 0)
		status = error_set(&err, DR_BAD_INPUT,
				   "no style of %s has %ld hits of %d takes by one hand in these folders; "
				   "nothing is written",
				   name, how->least, (int)TOUCH_TAKES);
	if (status == DR_OK)
		status = model_write(output, &m->info, &m->net, m->w, &err);
	model_free(m);
	if (status == DR_OK)
		printf("%s: the touch of %d hand%s\n", output, found, found == 1 ? "" : "s");
	return status == DR_OK ? 0 : complain(&err, status);
}

int
cmd_touch(int argc, char **argv)
{
	enum { LEAST = 256, SEEDS };
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"least", required_argument, NULL, LEAST},
						{"seeds", required_argument, NULL, SEEDS},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	static char name[] = "drumlin touch";
	touch_options how = {.least = 1000, .seeds = 512, .progress = report_style};
	const char *output = NULL;
	dr_error err;
	double number = 0;
	dr_status status = DR_OK;
	int option;
	argv[0] = name; /* getopt's messages begin with it */
	optind = 1;
	while (status == DR_OK && (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (option) {
		case 'o': output = optarg; break;
		case LEAST:
			status = options_number("least", optarg, TOUCH_ENOUGH, 1e9, &number, &err);
			how.least = (long)number;
			break;
		case SEEDS:
			status = options_number("seeds", optarg, TOUCH_TAKES, 100000, &number, &err);
			how.seeds = (int)number;
			break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return status_exit_code(DR_USAGE);
		}
	}
	if (status != DR_OK)
		return complain(&err, DR_USAGE);
	if (argc - optind < 2 || !output) {
		fprintf(stderr, "drumlin touch: %s\n%s",
			output ? "give a model and a folder" : "no output: give -o MODEL", usage);
		return status_exit_code(DR_USAGE);
	}
	return run(argv[optind], (const char *const *)argv + optind + 1, argc - optind - 1, output, &how);
}
