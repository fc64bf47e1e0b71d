#include "app/commands.h"

#include "model/audiofile.h"
#include "model/kit_desc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_RATE = 48000 };

static const char help[] =
    "Usage: drumlin kit info PATH...    what each kit plays, and with which samples\n"
    "       drumlin kit check PATH...   load everything and report what is wrong with it\n"
    "       drumlin kit blend KIT KIT [KIT [KIT]] [--at X,Y] -o NAME.h2drumkit\n"
    "                                   the morph between them, as a kit of its own\n"
    "\n"
    "PATH is a kit's folder, its drumkit.xml, or the name of an installed kit.\n"
    "\n"
    "check reports faults (a sample that is missing or cannot be read, a value out of range)\n"
    "and remarks (over full scale, a constant offset, a click at either end, silence).\n"
    "It exits with 3 if a kit has faults or cannot be loaded, with 0 if it has remarks only.\n";

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

static void
print_instrument(const char *folder, const kit_desc_instrument *in)
{
	static const char *const selections[] = {"by velocity", "in turn", "at random"};
	printf("  %s  %-24s %u layer%s, %s", instrument_name(in->place), in->name, in->n_layers,
	       in->n_layers == 1 ? "" : "s", selections[in->selection]);
	if (in->mute_group >= 0)
		printf(", mute group %d", in->mute_group);
	putchar('\n');
	for (uint32_t l = 0; l < in->n_layers; l++)
		print_layer(folder, &in->layers[l]);
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
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		const kit_desc_instrument *in = &d->instruments[i];
		if (in->place >= 0)
			continue;
		const int place = in->note >= 0 && in->note < 128 ? instrument_from_note(in->note) : -1;
		printf("  --  %-24s note %d: %s%s\n", in->name, in->note,
		       in->n_layers == 0 ? "has no samples"
		       : place < 0       ? "is none of the twelve"
					 : "another instrument plays ",
		       in->n_layers > 0 && place >= 0 ? instrument_name(place) : "");
	}
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

static dr_status
inspect(const char *path, bool check, dr_error *err)
{
	int faults = 0;
	kit *k;
	dr_status status = kit_load(path, CHECK_RATE, print_fault, &faults, &k, err);
	if (status != DR_OK)
		return status;
	kit_warner quiet = {.where = path};
	kit_desc *d;
	char *folder;
	uint32_t layers = 0;
	int playing = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		layers += k->instrument[i].n_layers;
		playing += k->instrument[i].n_layers > 0;
	}
	status = kit_desc_read(path, &quiet, &d, &folder, err);
	if (status == DR_OK) {
		printf("%s: %s: %d of %d instruments, %u samples, %.1f MiB of memory at %d Hz\n", path,
		       k->name, playing, INSTRUMENTS, layers, (double)k->bytes / (1 << 20), CHECK_RATE);
		if (check) {
			const int remarks = remark_all(path, d, folder);
			printf("%s: %d faults, %d remarks\n", path, faults, remarks);
		} else {
			print_desc(d, folder);
		}
		kit_desc_free(d);
		free(folder);
	}
	kit_free(k);
	if (status == DR_OK && check && faults > 0)
		status = error_set(err, DR_BAD_INPUT, "%s: has faults", path);
	return status;
}

int
cmd_kit(int argc, char **argv)
{
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "blend") == 0)
		return cmd_kit_blend(argc - 1, argv + 1);
	const bool check = argc > 1 && strcmp(argv[1], "check") == 0;
	if (argc < 3 || (!check && strcmp(argv[1], "info") != 0)) {
		fputs("drumlin kit: say 'info', 'check' or 'blend' and one kit or more; 'drumlin kit --help' "
		      "explains\n",
		      stderr);
		return status_exit_code(DR_USAGE);
	}
	dr_status worst = DR_OK;
	for (int i = 2; i < argc; i++) {
		dr_error err;
		dr_status status = DR_BAD_INPUT;
		char *path = kit_find(argv[i], &err);
		if (path)
			status = inspect(path, check, &err);
		if (status != DR_OK) {
			fprintf(stderr, "drumlin kit: %s\n", err.text);
			worst = status;
		}
		free(path);
	}
	return status_exit_code(worst);
}
