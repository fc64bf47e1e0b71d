#include "app/commands.h"

#include "model/audiofile.h"
#include "model/kit_source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_RATE = 48000 };

static const char help[] =
    "Usage: drumlin kit info [--map FILE] PATH...    what plays where, why, and how sure\n"
    "       drumlin kit check [--map FILE] PATH...   load everything and report what is wrong with it\n"
    "       drumlin kit blend KIT KIT [KIT [KIT]] [--at X,Y] -o NAME.h2drumkit\n"
    "                                   the morph between them, as a kit of its own\n"
    "\n"
    "PATH is a kit: a folder with a drumkit.xml or an .sfz in it, one of those files, an archive\n"
    "(.h2drumkit), a folder of samples, a kit map, or the name of an installed kit.\n"
    "FILE is a kit map, which overrides what plays where.\n"
    "\n"
    "check prints a line for each kit. It reports faults (a sample that is missing or cannot be read,\n"
    "a value out of range) and remarks (over full scale, a constant offset, a click at either end,\n"
    "silence). It exits with 3 if a kit has faults or cannot be loaded, with 0 if it has remarks only.\n"
    "--usable: faults in single samples are reported, but only a kit that cannot be used is an error.\n";

/* One sample file as it is, at its own rate. */
typedef struct figures {
	double seconds, peak_db, dc_db, first_db, last_db;
	uint32_t rate;
	int channels;
} figures;

static double
db(double x)
{
	return 20.0 * log10(fmax(x, 1e-10));
}

static dr_status
measure(const char *path, figures *f, dr_error *err)
{
	audiofile_info info;
	float *data;
	uint32_t frames;
	int channels;
	dr_status status = audiofile_probe(path, &info, err);
	if (status == DR_OK)
		status = audiofile_read(path, info.rate, KIT_MAX_SECONDS, &data, &frames, &channels, err);
	if (status != DR_OK)
		return status;
	double peak = 0.0, dc = 0.0, first = 0.0, last = 0.0;
	for (int c = 0; c < channels; c++) {
		double sum = 0.0;
		for (size_t i = 0; i < frames; i++) {
			const double x = data[i * (size_t)channels + (size_t)c];
			sum += x;
			peak = fmax(peak, fabs(x));
		}
		dc = fmax(dc, fabs(sum) / frames);
		first = fmax(first, fabs((double)data[c]));
		last = fmax(last, fabs((double)data[((size_t)frames - 1) * (size_t)channels + (size_t)c]));
	}
	free(data);
	*f = (figures){.seconds = (double)frames / info.rate,
		       .peak_db = db(peak),
		       .dc_db = db(dc),
		       .first_db = db(first),
		       .last_db = db(last),
		       .rate = info.rate,
		       .channels = info.channels};
	return DR_OK;
}

static void
print_fault(void *user, const char *line)
{
	++*(int *)user;
	fflush(stdout);
	fprintf(stderr, "%s\n", line);
}

/* Says what may be heard as a flaw; returns how many remarks there were. */
static int
remark(const char *kit_path, const char *file, const figures *f)
{
	const struct {
		bool is;
		const char *what;
		double value;
	} remarks[] = {
	    {f->peak_db > 0.0, "goes over full scale", f->peak_db},
	    {f->peak_db < -80.0, "is silent", f->peak_db},
	    {f->dc_db > -50.0, "has a constant offset", f->dc_db},
	    {f->first_db > -26.0, "begins with a click", f->first_db},
	    {f->last_db > -60.0, "ends with a click", f->last_db},
	};
	int count = 0;
	for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
		if (remarks[i].is) {
			printf("%s: %s %s (%.1f dBFS)\n", kit_path, file, remarks[i].what, remarks[i].value);
			count++;
		}
	return count;
}

static void
print_layer(const char *folder, const kit_desc_layer *l)
{
	kit_warner quiet = {.where = folder};
	dr_error err;
	figures f;
	int lo, hi;
	kit_desc_velocities(l, &lo, &hi);
	char *path = kit_desc_resolve(folder, l->file, &quiet);
	if (path && measure(path, &f, &err) == DR_OK)
		printf("      %3d-%-3d  %-28s %6.2f s  %6u Hz  %d ch  peak %6.1f dBFS\n", lo, hi, l->file,
		       f.seconds, f.rate, f.channels, f.peak_db);
	else
		printf("      %3d-%-3d  %-28s not usable\n", lo, hi, l->file ? l->file : "(no file)");
	free(path);
}

static const char *
evidence(kit_evidence why)
{
	static const char *const names[] = {
	    [KIT_BY_NOTHING] = "nothing", [KIT_BY_EAR] = "ear",   [KIT_BY_NOTE] = "note",
	    [KIT_BY_PEDAL] = "pedal",     [KIT_BY_NAME] = "name", [KIT_BY_MAP] = "map"};
	return names[why];
}

static void
print_instrument(const char *folder, const kit_desc_instrument *in)
{
	static const char *const selections[] = {"by velocity", "in turn", "at random"};
	printf("  %s  %-24s %u layer%s, %s", instrument_name(in->place), in->name, in->n_layers,
	       in->n_layers == 1 ? "" : "s", selections[in->selection]);
	if (in->mute_group >= 0)
		printf(", mute group %d", in->mute_group);
	if (in->note >= 0)
		printf(", note %d", in->note);
	printf(" [%s, %.0f %%]\n", evidence(in->why), 100.0 * (double)in->sure);
	for (uint32_t l = 0; l < in->n_layers; l++) {
		print_layer(folder, &in->layers[l]);
		for (uint32_t p = 0; p < in->layers[l].n_parts; p++)
			printf("               with %s\n", in->layers[l].parts[p].file);
	}
}

/* Why an instrument does not play. */
static void
print_unplaced(const kit_desc_instrument *in)
{
	printf("  --  %-24s ", in->name);
	if (in->note >= 0)
		printf("note %d: ", in->note);
	if (in->n_layers == 0)
		puts("has no samples");
	else if (in->wants >= 0)
		printf("another instrument plays %s [%s, %.0f %%]\n", instrument_name(in->wants),
		       evidence(in->why), 100.0 * (double)in->sure);
	else
		puts("is none of the twelve");
}

static void
print_desc(const kit_desc *d, const char *folder)
{
	const kit_desc_instrument *at[INSTRUMENTS] = {0};
	for (uint32_t i = 0; i < d->n_instruments; i++)
		if (d->instruments[i].place >= 0)
			at[d->instruments[i].place] = &d->instruments[i];
	for (int p = 0; p < INSTRUMENTS; p++) {
		if (at[p])
			print_instrument(folder, at[p]);
		else
			printf("  %s  (silent)\n", instrument_name(p));
	}
	for (uint32_t i = 0; i < d->n_instruments; i++)
		if (d->instruments[i].place < 0)
			print_unplaced(&d->instruments[i]);
}

/* Remarks on every sample that plays. */
static int
remark_all(const char *path, const kit_desc *d, const char *folder)
{
	int remarks = 0;
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		const kit_desc_instrument *in = &d->instruments[i];
		for (uint32_t l = 0; in->place >= 0 && l < in->n_layers; l++) {
			kit_warner quiet = {.where = path};
			dr_error err;
			figures f;
			char *file = kit_desc_resolve(folder, in->layers[l].file, &quiet);
			if (file && measure(file, &f, &err) == DR_OK)
				remarks += remark(path, in->layers[l].file, &f);
			free(file);
		}
	}
	return remarks;
}

/* What was asked for. */
typedef struct request {
	bool check, usable;
	const char *map;
} request;

static void
print_summary(const char *path, const kit *k, const kit_source *s)
{
	uint32_t layers = 0;
	int playing = 0;
	char silent[3 * INSTRUMENTS + 1] = "";
	for (int i = 0; i < INSTRUMENTS; i++) {
		layers += k->instrument[i].n_layers;
		playing += k->instrument[i].n_layers > 0;
		if (!k->instrument[i].n_layers) {
			strcat(silent, " ");
			strcat(silent, instrument_name(i));
		}
	}
	printf("%s: %s: %s, %d of %d instruments, %u samples, %.1f MiB of memory at %d Hz%s%s\n", path,
	       k->name, s->desc->format, playing, INSTRUMENTS, layers, (double)k->bytes / (1 << 20),
	       CHECK_RATE, *silent ? ", silent:" : "", silent);
}

static dr_status
inspect(const char *path, const request *r, dr_error *err)
{
	int faults = 0;
	kit *k;
	const kit_load_options options = {
	    .rate = CHECK_RATE, .warn = print_fault, .user = &faults, .map = r->map};
	dr_status status = kit_load_with(path, &options, &k, err);
	if (status != DR_OK)
		return status;
	kit_warner quiet = {.where = path};
	kit_source source;
	status = kit_source_open(path, &options, &quiet, &source, err);
	if (status == DR_OK) {
		print_summary(path, k, &source);
		if (r->check) {
			const int remarks = remark_all(path, source.desc, source.folder);
			printf("%s: %d faults, %d remarks\n", path, faults, remarks);
		} else {
			print_desc(source.desc, source.folder);
		}
		kit_source_close(&source);
	}
	kit_free(k);
	if (status == DR_OK && r->check && faults > 0 && !r->usable)
		status = error_set(err, DR_BAD_INPUT, "%s: has faults", path);
	return status;
}

static int
blend(int argc, char **argv)
{
	return cmd_kit_blend(argc - 1, argv + 1);
}

static int
info_or_check(int argc, char **argv)
{
	request r = {.check = strcmp(argv[1], "check") == 0};
	dr_status worst = DR_OK;
	int kits = 0;
	for (int i = 2; i < argc; i++) {
		dr_error err;
		dr_status status = DR_BAD_INPUT;
		if (strcmp(argv[i], "--map") == 0 && i + 1 < argc) {
			r.map = argv[++i];
			continue;
		}
		if (strcmp(argv[i], "--usable") == 0) {
			r.usable = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) == 0) {
			fprintf(stderr, "drumlin kit: %s: unknown option, or its value is missing\n",
				argv[i]);
			return status_exit_code(DR_USAGE);
		}
		kits++;
		char *path = kit_find(argv[i], &err);
		if (path)
			status = inspect(path, &r, &err);
		if (status != DR_OK) {
			fflush(stdout);
			fprintf(stderr, "drumlin kit: %s\n", err.text);
			worst = status;
		}
		free(path);
	}
	if (!kits) {
		fprintf(stderr, "drumlin kit %s: name a kit; 'drumlin kit --help' explains\n", argv[1]);
		worst = DR_USAGE;
	}
	return status_exit_code(worst);
}

int
cmd_kit(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {
	    {"info", info_or_check},
	    {"check", info_or_check},
	    {"blend", blend},
	};
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc, argv);
	fputs("drumlin kit: say 'info', 'check' or 'blend' and one kit or more; 'drumlin kit --help' "
	      "explains\n",
	      stderr);
	return status_exit_code(DR_USAGE);
}
