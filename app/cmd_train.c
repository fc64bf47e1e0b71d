#include "app/commands.h"

#include "model/datafind.h"
#include "model/train.h"
#include "model/trunk.h"
#include "model/without.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_bool stop;

static void
on_signal(int number)
{
	(void)number;
	atomic_store_explicit(&stop, true, memory_order_relaxed);
}

static void
usage(FILE *to)
{
	char names[TRUNK_NAMES], parts[WITHOUT_TEXT];
	trunk_names(names);
	without_names(parts);
	fprintf(
	    to,
	    "Usage: drumlin train DIR... -o MODEL [OPTION]...\n"
	    "Trains a network on folders of MIDI files and of patterns in text (.drum). The best model so\n"
	    "far is always on disk; Ctrl-C ends training and keeps it.\n\n"
	    "  -o, --output MODEL       the model file to write (safetensors)\n"
	    "  -a, --arch NAME          %s\n"
	    "  -r, --resume MODEL       go on from a model, by name or file: its architecture and styles.\n"
	    "                           One that knows the house patterns rehearses them and keeps three\n"
	    "                           tenths of its weights, so as not to forget\n"
	    "      --no-rehearsal       nothing but the folders given, and nothing kept\n"
	    "      --keep K             so much of the resumed model's weights, 0 to below 1\n"
	    "      --teacher MODEL      learns what this one expects, too; up to four times. It was\n"
	    "                           trained on the same folders, or on others with the same styles\n"
	    "      --weigh NAME=W       the collection (the folder's name) counts W times\n"
	    "  -s, --seed N             [1]\n"
	    "  -e, --epochs N           [until validation stops improving]\n"
	    "  -m, --minutes M          at most\n"
	    "      --cpu-minutes M      at most, of the processor's own time\n"
	    "      --hidden N           units per layer\n"
	    "      --layers N\n"
	    "      --learning-rate R\n"
	    "      --dropout D          0 to below 1\n"
	    "      --threads N          of the BLAS\n"
	    "      --without LIST       leaves parts of the training out, to measure what they bring:\n"
	    "                           %s\n"
	    "  -h, --help\n",
	    names, parts);
}

/* Each skipped file is one line. */
static void
report_skipped(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "drumlin train: left out: %s\n", line);
}

/* On a terminal, lines that are not final overwrite each other; elsewhere only final ones are written. */
static void
report_progress(void *user, const char *line, bool final)
{
	const bool *terminal = user;
	if (*terminal)
		printf("\r%s\033[K%s", line, final ? "\n" : "");
	else if (final)
		printf("%s\n", line);
	fflush(stdout);
}

static bool
whole_number(const char *text, long least, long most, long *out)
{
	char *end;
	errno = 0;
	long v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < least || v > most)
		return false;
	*out = v;
	return true;
}

static bool
real_number(const char *text, double least, double most, double *out)
{
	char *end;
	double v = strtod(text, &end);
	if (end == text || *end || !(v >= least && v <= most))
		return false;
	*out = v;
	return true;
}

#define HOUSE "house"
#define KEEP 0.3f /* of a model that is rehearsed: doc/models.md has what that saves */

typedef struct order {
	train_options train;
	const char **folder; /* [n_folders]; room for one more */
	int n_folders;
	bool no_rehearsal;
} order;

/* NAME=W; the name stays where it is. */
static bool
take_share(char *text, train_options *o)
{
	double weight = 0;
	int n = 0;
	char *equals = strrchr(text, '=');
	while (n < CORPUS_MAX_COLLECTIONS && o->share[n].collection)
		n++;
	if (!equals || n == CORPUS_MAX_COLLECTIONS || !real_number(equals + 1, 0.01, 100, &weight))
		return false;
	*equals = '\0';
	o->share[n] = (train_share){text, (float)weight};
	return true;
}

static bool
take_option(int option, char *text, train_options *o)
{
	long n = 0;
	double r = 0;
	bool good = true;
	switch (option) {
	case 'o': o->output = text; break;
	case 'a': o->arch = text; break;
	case 'r': o->resume = text; break;
	case 'M':
		while (n < TEACHER_MAX && o->teacher[n])
			n++;
		good = n < TEACHER_MAX;
		if (good)
			o->teacher[n] = text;
		break;
	case 'S': good = take_share(text, o); break;
	case 's':
		good = whole_number(text, 0, LONG_MAX, &n);
		o->seed = (uint64_t)n;
		break;
	case 'e':
		good = whole_number(text, 1, 100000, &n);
		o->epochs = (int)n;
		break;
	case 'm':
		good = real_number(text, 0.001, 1e6, &r);
		o->minutes = r;
		break;
	case 'C':
		good = real_number(text, 0.001, 1e6, &r);
		o->cpu_minutes = r;
		break;
	case 'W': good = without_parse(text, &o->without); break;
	case 'H':
		good = whole_number(text, 1, TRUNK_MAX_HIDDEN, &n);
		o->hidden = (int)n;
		break;
	case 'L':
		good = whole_number(text, 1, TRUNK_MAX_LAYERS, &n);
		o->layers = (int)n;
		break;
	case 'R':
		good = real_number(text, 1e-9, 1, &r);
		o->learning_rate = (float)r;
		break;
	case 'K':
		good = real_number(text, 0, 0.99, &r);
		o->keep = (float)r;
		break;
	case 'D':
		good = real_number(text, 0, 0.99, &r);
		o->dropout = (float)r;
		break;
	case 'T':
		good = whole_number(text, 1, 256, &n);
		o->threads = (int)n;
		break;
	default: return false;
	}
	return good;
}

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"arch", required_argument, NULL, 'a'},
    {"resume", required_argument, NULL, 'r'},
    {"no-rehearsal", no_argument, NULL, 'N'},
    {"seed", required_argument, NULL, 's'},
    {"epochs", required_argument, NULL, 'e'},
    {"minutes", required_argument, NULL, 'm'},
    {"cpu-minutes", required_argument, NULL, 'C'},
    {"without", required_argument, NULL, 'W'},
    {"hidden", required_argument, NULL, 'H'},
    {"layers", required_argument, NULL, 'L'},
    {"learning-rate", required_argument, NULL, 'R'},
    {"dropout", required_argument, NULL, 'D'},
    {"threads", required_argument, NULL, 'T'},
    {"teacher", required_argument, NULL, 'M'},
    {"weigh", required_argument, NULL, 'S'},
    {"keep", required_argument, NULL, 'K'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Returns 0 to go on, else the exit code + 1. */
static int
parse(int argc, char **argv, order *o)
{
	int option;
	optind = 1;
	while ((option = getopt_long(argc, argv, "o:a:r:s:e:m:h", options, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return 1;
		}
		if (option == 'N') {
			o->no_rehearsal = true;
		} else if (option == '?' || !take_option(option, optarg, &o->train)) {
			if (option != '?')
				fprintf(stderr, "drumlin train: %s is no value for that option\n", optarg);
			fprintf(stderr, "Try 'drumlin train --help'.\n");
			return 3;
		}
	}
	if (optind == argc || !o->train.output) {
		fprintf(stderr, "drumlin train: %s\nTry 'drumlin train --help'.\n",
			optind == argc ? "no folder to train on" : "no output: give -o MODEL");
		return 3;
	}
	if (o->train.keep > 0 && !o->train.resume) {
		fprintf(stderr, "drumlin train: --keep is of a model that is resumed: give --resume MODEL\n");
		return 3;
	}
	o->folder = calloc((size_t)(argc - optind) + 1, sizeof *o->folder);
	if (!o->folder) {
		fprintf(stderr, "drumlin train: out of memory\n");
		return 2;
	}
	for (; optind < argc; optind++)
		o->folder[o->n_folders++] = argv[optind];
	return 0;
}

/* True if one of the folders is this one, or holds it. */
static bool
is_given(const order *o, const char *folder)
{
	char whole[PATH_MAX], given[PATH_MAX];
	bool found = !realpath(folder, whole);
	for (int i = 0; i < o->n_folders && !found; i++) {
		const size_t n = realpath(o->folder[i], given) ? strlen(given) : 0;
		found = n > 0 && strncmp(whole, given, n) == 0 && (whole[n] == '\0' || whole[n] == '/');
	}
	return found;
}

/* True if the model was trained on a collection of that name. */
static bool
knows(const model *m, const char *name)
{
	const char *corpora = model_corpora(m);
	const size_t n = strlen(name);
	for (const char *at = corpora; (at = strstr(at, name)) != NULL; at += n)
		if ((at == corpora || at[-1] == ' ') && (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

/* What a model learns of new loops alone costs it what it knew (French, "Catastrophic forgetting in
 * connectionist networks", 1999): if it knows the patterns that come with Drumlin, these are played to it in
 * between. The caller frees what it returns, NULL for none. */
static char *
rehearse(order *o, const model *resumed)
{
	char *house = o->no_rehearsal || !knows(resumed, HOUSE) ? NULL : data_find("patterns", HOUSE);
	if (house && !is_given(o, house)) {
		o->folder[o->n_folders++] = house;
		o->train.tuning = true;
		if (o->train.keep < 0)
			o->train.keep = KEEP;
		printf("with %s, so that what the model knows is kept (--no-rehearsal: without)\n", house);
	}
	return house;
}

/* Loads the corpus; a resumed model's styles come first, so that they keep their places. */
static dr_status
load_corpus(order *o, corpus *out, dr_error *err)
{
	const char *styles[MODEL_MAX_STYLES];
	int n_styles = 0;
	model *resumed = NULL;
	dr_status status = o->train.resume ? model_load(o->train.resume, &resumed, err) : DR_OK;
	if (status != DR_OK)
		return status;
	for (int i = 0; resumed && i < model_n_styles(resumed); i++)
		styles[n_styles++] = model_get_style(resumed, i)->name;
	char *house = resumed ? rehearse(o, resumed) : NULL;
	status = corpus_load(o->folder, o->n_folders, styles, n_styles, report_skipped, NULL, out, err);
	free(house);
	model_free(resumed);
	return status;
}

static void
describe(const corpus *c)
{
	size_t held_out = 0;
	for (size_t i = 0; i < c->n_patterns; i++)
		held_out += c->pattern[i].validation;
	printf("%zu patterns to train on, %zu to validate, %zu files left out, %d styles\n",
	       c->n_patterns - held_out, held_out, c->n_skipped, c->n_styles);
}

/* A model's file in the place of its name, if it has one; to be freed. */
static dr_status
find_model(const char **name, char **file, dr_error *err)
{
	if (!*name)
		return DR_OK;
	*name = *file = model_find(*name, err);
	return *file ? DR_OK : DR_BAD_INPUT;
}

int
cmd_train(int argc, char **argv)
{
	bool terminal = isatty(STDOUT_FILENO);
	order o = {.train = {
		       .seed = 1,
		       .dropout = -1.0f,
		       .keep = -1.0f, /* not told */
		       .stop = &stop,
		       .progress = report_progress,
		       .user = &terminal,
		   }};
	int parsed = parse(argc, argv, &o);
	if (parsed)
		return parsed - 1;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	corpus c = {0};
	dr_error err = {""};
	train_result result = {0};
	char *file[1 + TEACHER_MAX] = {NULL};
	dr_status status = find_model(&o.train.resume, &file[0], &err);
	for (int k = 0; k < TEACHER_MAX && status == DR_OK; k++)
		status = find_model(&o.train.teacher[k], &file[1 + k], &err);
	if (status == DR_OK)
		status = load_corpus(&o, &c, &err);
	if (status == DR_OK) {
		describe(&c);
		status = train_model(&c, &o.train, &result, &err);
		corpus_clear(&c);
	}
	for (int k = 0; k < 1 + TEACHER_MAX; k++)
		free(file[k]);
	free(o.folder);
	if (status != DR_OK)
		fprintf(stderr, "drumlin train: %s\n", err.text);
	else
		printf("%s: %.3f bits per step on %s after %d epochs, %.0f s\n", o.train.output,
		       result.validation_bits, result.held_out ? "validation" : "what was trained on",
		       result.epochs, result.seconds);
	return status_exit_code(status);
}
