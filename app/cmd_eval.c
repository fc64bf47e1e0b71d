#include "app/commands.h"
#include "model/eval.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: drumlin eval [--model MODEL] [--json] DIR...\n"
    "Scores drum patterns in bits per step: the protocol's baselines, and a network beside them.\n"
    "\n"
    "  DIR            a folder of MIDI files or patterns in text (.drum), with or without an\n"
    "                 info.csv or index.csv, or one file\n"
    "  --model MODEL  the network to score (safetensors); without it the baselines alone\n"
    "  --json         one JSON object instead of tables\n"
    "  --help         this text\n";

static int
complain(const dr_error *err, dr_status status)
{
	fprintf(stderr, "drumlin eval: %s\n", err->text);
	return status_exit_code(status);
}

static void
report_skip(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "drumlin eval: left out: %s\n", line);
}

static int
run(const char *model_path, bool json, const char *const *paths, int n_paths)
{
	dr_error err;
	corpus c;
	model *m = NULL;
	dr_status status = model_path ? model_load(model_path, &m, &err) : DR_OK;
	if (status != DR_OK)
		return complain(&err, status);
	status = corpus_load(paths, n_paths, NULL, 0, report_skip, NULL, &c, &err);
	if (status == DR_OK) {
		status = eval_run(&c, m, json, stdout, &err);
		corpus_clear(&c);
	}
	if (m)
		model_free(m);
	return status == DR_OK ? 0 : complain(&err, status);
}

int
cmd_eval(int argc, char **argv)
{
	static const struct option options[] = {{"model", required_argument, NULL, 'm'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	static char name[] = "drumlin eval";
	const char *model_path = NULL;
	bool json = false;
	int option;
	argv[0] = name; /* getopt's messages begin with it */
	optind = 1;
	while ((option = getopt_long(argc, argv, "m:jh", options, NULL)) != -1) {
		switch (option) {
		case 'm': model_path = optarg; break;
		case 'j': json = true; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return status_exit_code(DR_USAGE);
		}
	}
	if (optind == argc) {
		fprintf(stderr, "drumlin eval: no folder given\n%s", usage);
		return status_exit_code(DR_USAGE);
	}
	return run(model_path, json, (const char *const *)argv + optind, argc - optind);
}
