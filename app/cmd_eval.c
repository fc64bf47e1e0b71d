#include "app/commands.h"
#include "app/options.h"
#include "model/datafind.h"
#include "model/eval.h"
#include "model/eval_controls.h"
#include "model/eval_form.h"
#include "model/eval_groove.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: drumlin eval [--model MODEL [--alone] [--int8]] [--json] DIR...\n"
    "       drumlin eval --controls [--model MODEL] [--seeds N] [--json] [DIR...]\n"
    "       drumlin eval --form [--model MODEL] [--seeds N] [--json] [DIR...]\n"
    "       drumlin eval --groove [--model MODEL] [--seeds N] [--json] DIR...\n"
    "Scores drum patterns in bits per step: the protocol's baselines, and a network beside them; or tells "
    "how\n"
    "much the corpus and the network's music repeat themselves.\n"
    "\n"
    "  DIR            a folder of MIDI files or patterns in text (.drum), with or without an\n"
    "                 info.csv or index.csv, or one file\n"
    "  --model MODEL  the network to score, by name or file (safetensors); without it the baselines\n"
    "                 alone are scored, and the default network plays\n"
    "  --alone        without the baselines\n"
    "  --int8         the network's large matrices in eight bits, as --int8 plays them\n"
    "  --controls     density, temperature and fills, style by style; leaves with 1 if a promise is\n"
    "                 broken\n"
    "  --form         the share of bars that repeat an earlier one, by style and repeat\n"
    "  --groove       overlap of velocities and microtiming with the corpus, and the share of rolls\n"
    "  --seeds N      how many seeds the network plays (32)\n"
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

enum { OPTION_ALONE = 256, OPTION_FORM, OPTION_CONTROLS, OPTION_GROOVE, OPTION_SEEDS, OPTION_EIGHT_BITS };
typedef enum eval_kind { EVAL_SCORE, EVAL_FORM, EVAL_CONTROLS, EVAL_GROOVE } eval_kind;

typedef struct eval_job {
	eval_kind kind;
	const char *model;
	bool alone, json, int8;
	int seeds;
	const char *const *path;
	int n_paths;
} eval_job;

static dr_status
load_model(const eval_job *j, model **m, dr_error *err)
{
	*m = NULL;
	if (!j->model && j->kind == EVAL_SCORE)
		return DR_OK;
	char *path = model_find(j->model ? j->model : "default", err);
	if (!path)
		return DR_BAD_INPUT;
	dr_status status = model_load(path, m, err);
	if (status == DR_OK && j->int8)
		status = model_make_small(*m, err);
	free(path);
	return status;
}

static dr_status
evaluate(const eval_job *j, const model *m, const corpus *c, dr_error *err)
{
	int broken = 0;
	dr_status status;
	switch (j->kind) {
	case EVAL_CONTROLS:
		status = eval_controls(m, c, j->seeds, j->json, stdout, &broken, err);
		return status == DR_OK && broken
			   ? error_set(err, DR_FAILED, "%d promises of the controls are broken", broken)
			   : status;
	case EVAL_GROOVE: return eval_groove(m, c, j->seeds, j->json, stdout, err);
	case EVAL_FORM: return eval_form(m, c, j->seeds, j->json, stdout, err);
	default: return eval_run(c, m, j->alone, j->json, stdout, err);
	}
}

static int
run(const eval_job *j)
{
	dr_error err;
	corpus c;
	model *m;
	memset(&c, 0, sizeof c);
	dr_status status = load_model(j, &m, &err);
	if (status == DR_OK && j->n_paths)
		status = corpus_load(j->path, j->n_paths, NULL, 0, report_skip, NULL, &c, &err);
	if (status == DR_OK) {
		status = evaluate(j, m, j->n_paths ? &c : NULL, &err);
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
						{"controls", no_argument, NULL, OPTION_CONTROLS},
						{"groove", no_argument, NULL, OPTION_GROOVE},
						{"alone", no_argument, NULL, OPTION_ALONE},
						{"int8", no_argument, NULL, OPTION_EIGHT_BITS},
						{"form", no_argument, NULL, OPTION_FORM},
						{"seeds", required_argument, NULL, OPTION_SEEDS},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	static char name[] = "drumlin eval";
	eval_job j = {.kind = EVAL_SCORE, .seeds = 32};
	dr_error err;
	double seeds;
	int option;
	argv[0] = name; /* getopt's messages begin with it */
	optind = 1;
	while ((option = getopt_long(argc, argv, "m:jh", options, NULL)) != -1) {
		switch (option) {
		case 'm': j.model = optarg; break;
		case 'j': j.json = true; break;
		case OPTION_CONTROLS: j.kind = EVAL_CONTROLS; break;
		case OPTION_GROOVE: j.kind = EVAL_GROOVE; break;
		case OPTION_ALONE: j.alone = true; break;
		case OPTION_EIGHT_BITS: j.int8 = true; break;
		case OPTION_FORM: j.kind = EVAL_FORM; break;
		case OPTION_SEEDS:
			if (options_number("seeds", optarg, 1, 100000, &seeds, &err) != DR_OK)
				return complain(&err, DR_USAGE);
			j.seeds = (int)seeds;
			break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return status_exit_code(DR_USAGE);
		}
	}
	j.path = (const char *const *)argv + optind;
	j.n_paths = argc - optind;
	if (j.alone && (!j.model || j.kind != EVAL_SCORE)) {
		fprintf(stderr, "drumlin eval: --alone goes with a model to score\n%s", usage);
		return status_exit_code(DR_USAGE);
	}
	if (j.n_paths == 0 && (j.kind == EVAL_SCORE || j.kind == EVAL_GROOVE)) {
		fprintf(stderr, "drumlin eval: no folder given\n%s", usage);
		return status_exit_code(DR_USAGE);
	}
	return run(&j);
}
